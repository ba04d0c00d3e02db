# The widget: the assistant in a frame on another page.
widget-outside = هذه الصفحة معدّة للعرض داخل صفحة أخرى.
widget-conversation = المحادثة
widget-restarted = بدأت محادثة جديدة.
widget-sign-in = سجّل الدخول في الصفحة المحيطة لتطرح سؤالاً.
widget-signing-in = في انتظار تسجيل دخولك. سيُطرح السؤال بعده من جديد تلقائياً.
widget-unreachable = تعذّر الوصول إلى المساعد.
widget-later = حاول مرة أخرى بعد قليل.

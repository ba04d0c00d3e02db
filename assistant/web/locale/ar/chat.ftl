# صفحة المحادثة. ما بين القوسين المعقوفين يُستبدل بأسماء أو أسئلة أو أعداد.

title = مساعد المحادثات الدبلوماسية
intro = إجابات عن المحادثات الدبلوماسية من مقالات إخبارية. كل رقم يفتح المقال عند الكلمات المقتبسة.
languages = اللغات
new-conversation = محادثة جديدة
try = جرّب أحد هذه الأسئلة

## خانة السؤال

your-question = سؤالك
ask-about = اسأل عن المحادثات
ask = اسأل
stop = إيقاف

## سؤال وجوابه

you-asked = سألتَ:
searching = جارٍ البحث في المقالات.
reading = جارٍ قراءة المقالات …
more-coming = بقية الإجابة قادمة …
stopped = أُوقفت الإجابة قبل أن تكتمل.
source = المصدر
partly-in-source = موجود جزئيًا فقط في المصدر
not-in-source = غير موجود في المصدر
no-answer = لا إجابة في المقالات
nearest = الأقرب في المقالات
went-wrong = حدث خطأ هنا.
see-log = السبب مدوَّن في سجل الخادم.
copy = نسخ مع الاقتباسات
copied = تم النسخ
copying-not-allowed = النسخ غير مسموح هنا

## كيف جاءت الإجابة

quoted = مقتبس من المقالات حرفيًا
written-by = كتبه النموذج { $writer }، وكل جملة مدقَّقة على اقتباساتها
not-answered = بلا إجابة
not-answered-by = بلا إجابة من النموذج { $writer } الذي قرأ أقرب الاقتباسات
searched-for = عبارة البحث:
left-out =
    { $sentences ->
        [one] حُذفت جملة واحدة من النموذج لا تؤيدها الاقتباسات
        [two] حُذفت جملتان من النموذج لا تؤيدهما الاقتباسات
        [few] حُذفت { $sentences } جمل من النموذج لا تؤيدها الاقتباسات
        [many] حُذفت { $sentences } جملة من النموذج لا تؤيدها الاقتباسات
       *[other] حُذفت { $sentences } جملة من النموذج لا تؤيدها الاقتباسات
    }

## ما يقوله قارئ الشاشة عن الإجابة

sentences-from-articles =
    { $sentences ->
        [zero] الإجابة بلا جمل
        [one] الإجابة في جملة واحدة
        [two] الإجابة في جملتين
        [few] الإجابة في { $sentences } جمل
        [many] الإجابة في { $sentences } جملة
       *[other] الإجابة في { $sentences } جملة
    } من { $articles ->
        [zero] المقالات
        [one] مقال واحد
        [two] مقالين
        [few] { $articles } مقالات
        [many] { $articles } مقالًا
       *[other] { $articles } مقال
    }
answered = { sentences-from-articles }.
answered-by = { sentences-from-articles }، كتبها النموذج { $writer } ودُقِّقت على اقتباساتها.

## المصادر

sources = المصادر
no-sources-yet = تظهر هنا المقالات التي تستند إليها الإجابة، مع إبراز الكلمات المقتبسة.
back = العودة إلى الإجابة
quote = الاقتباس
marked = كلام مُبرَز
article-gone = لم يعد المقال في الفهرس؛ هذه كلماته التي كانت فيه.
named-sources =
    { $sources ->
        [one] مصدر واحد يذكره المقال
        [two] مصدران يذكرهما المقال
        [few] { $sources } مصادر يذكرها المقال
        [many] { $sources } مصدرًا يذكره المقال
       *[other] { $sources } مصدر يذكره المقال
    }

## ما وراء الإجابة

tab-quotes = الاقتباسات
tab-article = المقال
tab-why = لماذا
in-article = العرض في المقال
people-named = أشخاص مذكورون:
words-wanted-of = بكلمات:
days-named = أيام مذكورة:
refused-because = لا إجابة لأن:
verdicts = كل جملة
word-for-word = حرفيًا من المقال
in-source = تؤيدها اقتباساتها
sentences-left-out = المحذوف: ما لا تؤيده الاقتباسات
came-back = عادت بصيغة أخرى.
passages-found =
    { $passages ->
        [zero] لم يُعثر على أي مقطع في المقالات
        [one] عُثر على مقطع واحد في كل المقالات
        [two] عُثر على مقطعين في كل المقالات
        [few] عُثر على { $passages } مقاطع في كل المقالات
        [many] عُثر على { $passages } مقطعًا في كل المقالات
       *[other] عُثر على { $passages } مقطع في كل المقالات
    }
ranks-explained = الترتيب بحسب المعنى وبحسب الكلمات، والأول هو الأفضل؛ وكلاهما معًا يحددان التسلسل.
passage = المقطع
by-meaning = المعنى
by-words = الكلمات
together = معًا
was-cited = مقتبس

## المتابعة والحفظ

ask-next = اسأل بعد ذلك
copy-link = نسخ الرابط
export = حفظ بصيغة Markdown
print = طباعة
earlier = محادثات سابقة
earlier-where = محفوظة في هذا المتصفح فقط.
delete = حذف
clear-all = حذف الكل
quotes-lost =
    { $quotes ->
        [zero] لم يسقط أي اقتباس.
        [one] اقتباس واحد لم يعد في المقالات المتاحة لك فحُذف.
        [two] اقتباسان لم يعودا في المقالات المتاحة لك فحُذفا.
        [few] { $quotes } اقتباسات لم تعد في المقالات المتاحة لك فحُذفت.
        [many] { $quotes } اقتباسًا لم تعد في المقالات المتاحة لك فحُذفت.
       *[other] { $quotes } اقتباس لم تعد في المقالات المتاحة لك فحُذفت.
    }

## التقييم

helpful = مفيد
not-helpful = غير مفيد
what-was-wrong = ما الخطأ؟ (اختياري)
what-is-kept = يُحفظ مع سؤالك والإجابة للقائمين على هذه الصفحة.
thank-you = شكرًا. تم حفظ هذا:
send = إرسال
rating-not-kept = تعذّر حفظ تقييمك.

# The widget: the assistant in a frame on another page.
widget-outside = Эта страница открывается внутри другой.
widget-conversation = Беседа
widget-restarted = Начата новая беседа.
widget-sign-in = Чтобы задать вопрос, войдите на той странице, где открыт помощник.
widget-signing-in = Ожидается вход. После него вопрос будет задан ещё раз сам.
widget-unreachable = Помощник недоступен.
widget-later = Попробуйте ещё раз чуть позже.

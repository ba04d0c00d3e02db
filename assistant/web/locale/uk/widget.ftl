# The widget: the assistant in a frame on another page.
widget-outside = Ця сторінка відкривається всередині іншої.
widget-conversation = Розмова
widget-restarted = Почато нову розмову.
widget-sign-in = Щоб поставити запитання, увійдіть на тій сторінці, де відкрито помічника.
widget-signing-in = Очікується вхід. Після нього запитання буде поставлено ще раз само.
widget-unreachable = Помічник недоступний.
widget-later = Спробуйте ще раз трохи згодом.

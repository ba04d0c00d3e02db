# The pages beside the conversation: who said what, the timeline, the library.

page-ask = Запитання
page-positions = Хто що сказав
page-timeline = Хронологія
page-library = Статті

## Who said what

positions-intro = Виберіть тему або введіть свою. Для кожного наведено його власні слова.
positions-topic = Тема
positions-show = Показати
positions-topics = Теми, про які говорять кілька людей
positions-speaker = Хто говорить
positions-words = Власними словами
positions-none = У статтях нікого не цитують на цю тему.
positions-found =
    { $people ->
        [one] { $people } людина
        [few] { $people } людини
        [many] { $people } людей
       *[other] { $people } людини
    }, { $quotes ->
        [one] { $quotes } цитата
        [few] { $quotes } цитати
        [many] { $quotes } цитат
       *[other] { $quotes } цитати
    }

## Timeline

timeline-intro = Що й коли сталося, словами самих статей.
timeline-person = Людина
timeline-everybody = Усі
timeline-since = Від
timeline-until = До
timeline-show = Показати
timeline-none = Про такі події в статтях не йдеться.
timeline-found =
    { $events ->
        [one] { $events } подія
        [few] { $events } події
        [many] { $events } подій
       *[other] { $events } події
    }
timeline-by-article = У реченні день не названо; це дата статті.

## Library

library-intro = Усі статті, які вам доступні, спершу нові.
library-words = Слова в заголовку, виданні, іменах або тексті
library-search = Знайти
library-none = Такої статті немає.
library-shown = Статті { $first }–{ $last } з { $all }
library-undated = Без дати
library-in-text = знайдено в тексті
library-back = Назад
library-on = Далі

## The article that is read

article-unopened = Виберіть статтю, щоб прочитати її тут.
article-none = Цієї статті немає або більше немає.
article-back = Назад до списку
article-also = Також у:

## Adding articles

add-articles = Додати статті
add-files = Файли
add-page = Адреса вебсторінки
add-replace = Замінити файли з тією ж назвою, які я додавав раніше
add-send = Додати
add-sending = Надсилання …
add-queued = Чекає своєї черги …
add-working = Читання …
add-added = Додано
add-changed = Замінено
add-unchanged = Уже є, без змін
add-failed = Не вдалося додати
add-unreachable = Сервер недоступний. Спробуйте ще раз за хвилину.

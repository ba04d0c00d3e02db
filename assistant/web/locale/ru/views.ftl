# The pages beside the conversation: who said what, the timeline, the library.

page-ask = Вопросы
page-positions = Кто что сказал
page-timeline = Хронология
page-library = Статьи

## Who said what

positions-intro = Выберите тему или введите свою. Для каждого приведены его собственные слова.
positions-topic = Тема
positions-show = Показать
positions-topics = Темы, о которых говорят несколько человек
positions-speaker = Кто говорит
positions-words = Собственными словами
positions-none = В статьях никто не цитируется на эту тему.
positions-found =
    { $people ->
        [one] { $people } человек
        [few] { $people } человека
        [many] { $people } человек
       *[other] { $people } человека
    }, { $quotes ->
        [one] { $quotes } цитата
        [few] { $quotes } цитаты
        [many] { $quotes } цитат
       *[other] { $quotes } цитаты
    }

## Timeline

timeline-intro = Что и когда произошло, словами самих статей.
timeline-person = Человек
timeline-everybody = Все
timeline-since = С
timeline-until = По
timeline-show = Показать
timeline-none = О таких событиях в статьях не говорится.
timeline-found =
    { $events ->
        [one] { $events } событие
        [few] { $events } события
        [many] { $events } событий
       *[other] { $events } события
    }
timeline-by-article = В предложении день не назван; это дата статьи.

## Library

library-intro = Все статьи, которые вам доступны, сначала новые.
library-words = Слова в заголовке, издании, именах или тексте
library-search = Найти
library-none = Такой статьи нет.
library-shown = Статьи { $first }–{ $last } из { $all }
library-undated = Без даты
library-in-text = найдено в тексте
library-back = Назад
library-on = Дальше

## The article that is read

article-unopened = Выберите статью, чтобы прочитать её здесь.
article-none = Этой статьи нет или больше нет.
article-back = Назад к списку
article-also = Также в:

## Adding articles

add-articles = Добавить статьи
add-files = Файлы
add-page = Адрес веб-страницы
add-replace = Заменить файлы с тем же именем, которые я добавлял раньше
add-send = Добавить
add-sending = Отправка …
add-queued = Ждёт своей очереди …
add-working = Чтение …
add-added = Добавлено
add-changed = Заменено
add-unchanged = Уже есть, без изменений
add-failed = Не удалось добавить
add-unreachable = Сервер недоступен. Повторите попытку через минуту.

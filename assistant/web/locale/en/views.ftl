# The pages beside the conversation: who said what, the timeline, the library.

page-ask = Ask
page-positions = Who said what
page-timeline = Timeline
page-library = Library

## Who said what

positions-intro = Pick a topic or type one. Each speaker is listed with their own quoted words.
positions-topic = Topic
positions-show = Show
positions-topics = Topics that several people speak about
positions-speaker = Speaker
positions-words = In their own words
positions-none = Nobody in the articles is quoted on this topic.
positions-found =
    { $people ->
        [one] { $people } speaker
       *[other] { $people } speakers
    }, { $quotes ->
        [one] { $quotes } quote
       *[other] { $quotes } quotes
    }

## Timeline

timeline-intro = What happened when, in the articles’ own sentences.
timeline-person = Person
timeline-everybody = Everybody
timeline-since = From
timeline-until = Until
timeline-show = Show
timeline-none = The articles tell of no such event.
timeline-found =
    { $events ->
        [one] { $events } event
       *[other] { $events } events
    }
timeline-by-article = The sentence names no day; this is the article’s date.

## Library

library-intro = All articles that you may read, newest first.
library-words = Words in the title, outlet, people or text
library-search = Search
library-none = There is no such article.
library-shown = Articles { $first }–{ $last } of { $all }
library-undated = No date
library-in-text = found in the text
library-back = Previous
library-on = Next

## The article that is read

article-unopened = Choose an article to read it here.
article-none = This article is not there, or no longer.
article-back = Back to the list
article-also = Also in:

## Adding articles

add-articles = Add articles
add-files = Files
add-page = Address of a web page
add-replace = Replace files of the same name that I added before
add-send = Add
add-sending = Sending …
add-queued = Waiting for its turn …
add-working = Reading …
add-added = Added
add-changed = Replaced
add-unchanged = Was there already, unchanged
add-failed = Could not be added
add-unreachable = The server cannot be reached. Try again in a moment.

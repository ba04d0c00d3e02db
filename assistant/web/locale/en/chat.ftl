# The chat page. What stands in braces is put in: names, questions and counts.

title = Talks assistant
intro = Answers about diplomatic talks from news articles. Each number opens the article where the words stand.
languages = Languages
new-conversation = New conversation
try = Try one of these

## The question box

your-question = Your question
ask-about = Ask about the talks
ask = Ask
stop = Stop

## A turn

you-asked = You asked:
searching = Searching the articles.
reading = Reading the articles …
more-coming = More is coming …
stopped = Stopped before the answer was complete.
source = Source
partly-in-source = only partly in the source
not-in-source = not in the source
no-answer = No answer in the articles
nearest = Nearest in the articles
went-wrong = Something went wrong here.
see-log = The server’s log says what.
copy = Copy with citations
copied = Copied
copying-not-allowed = Copying is not allowed here

## How an answer came about

quoted = Quoted from the articles, word for word
written-by = Written by { $writer }, each sentence checked against its quotes
not-answered = Not answered
not-answered-by = Not answered by { $writer }, which read the nearest quotes
searched-for = Searched for:
left-out =
    { $sentences ->
        [one] Left out: { $sentences } sentence of the model that the quotes do not support
       *[other] Left out: { $sentences } sentences of the model that the quotes do not support
    }

## What a screen reader says of an answer

sentences-from-articles =
    { $sentences ->
        [one] Answered with { $sentences } sentence
       *[other] Answered with { $sentences } sentences
    } from { $articles ->
        [one] { $articles } article
       *[other] { $articles } articles
    }
answered = { sentences-from-articles }.
answered-by = { sentences-from-articles }, written by { $writer } and checked against its quotes.

## Sources

sources = Sources
no-sources-yet = The articles behind an answer appear here, with the quoted words marked.
back = Back to answer
quote = Quote
marked = Marked
article-gone = The article is no longer in the index; these are the words it had.
named-sources =
    { $sources ->
        [one] { $sources } source named by the article
       *[other] { $sources } sources named by the article
    }

## Rating

helpful = Helpful
not-helpful = Not helpful
what-was-wrong = What was wrong? (optional)
what-is-kept = Kept with what you asked and the answer, for those who run this page.
thank-you = Thank you. This is kept:
send = Send
rating-not-kept = Your rating could not be kept.

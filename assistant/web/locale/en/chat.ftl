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

## What stands behind an answer

tab-quotes = Quotes
tab-article = Article
tab-why = Why
in-article = Show in the article
people-named = People named:
words-wanted-of = In the words of:
days-named = Days named:
refused-because = No answer because:
verdicts = Each sentence
word-for-word = word for word from the article
in-source = supported by its quotes
sentences-left-out = Left out: what the quotes do not support
came-back = It came back in another form.
passages-found =
    { $passages ->
        [one] { $passages } passage found in all articles
       *[other] { $passages } passages found in all articles
    }
ranks-explained = The rank by meaning and by words, 1 is the best; both together give the order.
passage = Passage
by-meaning = Meaning
by-words = Words
together = Together
was-cited = quoted

## Going on, and keeping it

ask-next = Ask next
copy-link = Copy link
export = Save as Markdown
print = Print
earlier = Earlier conversations
earlier-where = Kept in this browser only.
delete = Delete
clear-all = Delete all
quotes-lost =
    { $quotes ->
        [one] { $quotes } quote is no longer in the articles you may read and was left out.
       *[other] { $quotes } quotes are no longer in the articles you may read and were left out.
    }

## Rating

helpful = Helpful
not-helpful = Not helpful
what-was-wrong = What was wrong? (optional)
what-is-kept = Kept with what you asked and the answer, for those who run this page.
thank-you = Thank you. This is kept:
send = Send
rating-not-kept = Your rating could not be kept.

# The pages beside the conversation: who said what, the timeline, the library.

page-ask = Fragen
page-positions = Wer sagte was
page-timeline = Zeitleiste
page-library = Artikel

## Who said what

positions-intro = Wählen Sie ein Thema oder geben Sie eines ein. Zu jeder Person stehen ihre eigenen zitierten Worte.
positions-topic = Thema
positions-show = Anzeigen
positions-topics = Themen, zu denen sich mehrere äußern
positions-speaker = Person
positions-words = In eigenen Worten
positions-none = In den Artikeln wird niemand zu diesem Thema zitiert.
positions-found =
    { $people ->
        [one] { $people } Person
       *[other] { $people } Personen
    }, { $quotes ->
        [one] { $quotes } Zitat
       *[other] { $quotes } Zitate
    }

## Timeline

timeline-intro = Was wann geschah, in den Sätzen der Artikel selbst.
timeline-person = Wer
timeline-everybody = Alle
timeline-since = Von
timeline-until = Bis
timeline-show = Anzeigen
timeline-none = Die Artikel berichten von keinem solchen Ereignis.
timeline-found =
    { $events ->
        [one] { $events } Ereignis
       *[other] { $events } Ereignisse
    }
timeline-by-article = Der Satz nennt keinen Tag; dies ist das Datum des Artikels.

## Library

library-intro = Alle Artikel, die Sie lesen dürfen, die neuesten zuerst.
library-words = Wörter in Titel, Medium, Personen oder Text
library-search = Suchen
library-none = Einen solchen Artikel gibt es nicht.
library-shown = Artikel { $first }–{ $last } von { $all }
library-undated = Ohne Datum
library-in-text = im Text gefunden
library-back = Zurück
library-on = Weiter

## The article that is read

article-unopened = Wählen Sie einen Artikel, um ihn hier zu lesen.
article-none = Diesen Artikel gibt es nicht oder nicht mehr.
article-back = Zurück zur Liste
article-also = Auch in:

## Adding articles

add-articles = Artikel hinzufügen
add-files = Dateien
add-page = Adresse einer Webseite
add-replace = Dateien gleichen Namens ersetzen, die ich früher hinzugefügt habe
add-send = Hinzufügen
add-sending = Wird gesendet …
add-queued = Wartet, bis es an der Reihe ist …
add-working = Wird gelesen …
add-added = Hinzugefügt
add-changed = Ersetzt
add-unchanged = War schon da, unverändert
add-failed = Konnte nicht hinzugefügt werden
add-unreachable = Der Server ist nicht erreichbar. Versuchen Sie es gleich noch einmal.

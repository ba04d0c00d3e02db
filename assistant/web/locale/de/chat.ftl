# Die Chatseite. Was in geschweiften Klammern steht, wird eingesetzt: Namen, Fragen, Zahlen.

title = Auskunft zu den Gesprächen
intro = Antworten über diplomatische Gespräche aus Nachrichtenartikeln. Jede Nummer öffnet den Artikel an der Stelle, an der die Worte stehen.
languages = Sprachen
new-conversation = Neue Unterhaltung
try = Zum Ausprobieren

## Das Fragefeld

your-question = Ihre Frage
ask-about = Was wurde gesagt?
ask = Fragen
stop = Anhalten

## Eine Runde

you-asked = Sie haben gefragt:
searching = Die Artikel werden durchsucht.
reading = Die Artikel werden gelesen …
more-coming = Es folgt noch mehr …
stopped = Angehalten, bevor die Antwort vollständig war.
source = Quelle
partly-in-source = steht nur zum Teil in der Quelle
not-in-source = steht nicht in der Quelle
no-answer = Keine Antwort in den Artikeln
nearest = Am nächsten kommt in den Artikeln
went-wrong = Hier ist etwas schiefgegangen.
see-log = Was, steht im Protokoll des Servers.
copy = Mit Belegen kopieren
copied = Kopiert
copying-not-allowed = Kopieren ist hier nicht erlaubt

## Wie eine Antwort zustande kam

quoted = Wörtlich aus den Artikeln zitiert
written-by = Geschrieben von { $writer }, jeder Satz an seinen Zitaten geprüft
not-answered = Nicht beantwortet
not-answered-by = Nicht beantwortet von { $writer }, nach Lesen der nächstliegenden Zitate
searched-for = Gesucht wurde nach:
left-out =
    { $sentences ->
        [one] Weggelassen: { $sentences } Satz des Modells, den die Zitate nicht stützen
       *[other] Weggelassen: { $sentences } Sätze des Modells, die die Zitate nicht stützen
    }

## Was ein Screenreader zu einer Antwort sagt

sentences-from-articles =
    { $sentences ->
        [one] Beantwortet mit { $sentences } Satz
       *[other] Beantwortet mit { $sentences } Sätzen
    } aus { $articles ->
        [one] { $articles } Artikel
       *[other] { $articles } Artikeln
    }
answered = { sentences-from-articles }.
answered-by = { sentences-from-articles }, geschrieben von { $writer } und an den Zitaten geprüft.

## Quellen

sources = Quellen
no-sources-yet = Hier erscheinen die Artikel, auf denen eine Antwort beruht, mit den zitierten Worten markiert.
back = Zurück zur Antwort
quote = Zitat
marked = Markiert
article-gone = Der Artikel ist nicht mehr im Index; dies sind die Worte, die er enthielt.
named-sources =
    { $sources ->
        [one] { $sources } Quelle, die der Artikel nennt
       *[other] { $sources } Quellen, die der Artikel nennt
    }

## Was hinter einer Antwort steht

tab-quotes = Zitate
tab-article = Artikel
tab-why = Warum
in-article = Im Artikel zeigen
people-named = Genannte Personen:
words-wanted-of = In den Worten von:
days-named = Genannte Tage:
refused-because = Keine Antwort, denn:
verdicts = Jeder Satz
word-for-word = wörtlich aus dem Artikel
in-source = von seinen Zitaten gestützt
sentences-left-out = Weggelassen: was die Zitate nicht stützen
came-back = Kam in anderer Form wieder.
passages-found =
    { $passages ->
        [one] { $passages } Stelle in allen Artikeln gefunden
       *[other] { $passages } Stellen in allen Artikeln gefunden
    }
ranks-explained = Der Rang nach Bedeutung und nach Wörtern, 1 ist der beste; beide zusammen geben die Reihenfolge.
passage = Stelle
by-meaning = Bedeutung
by-words = Wörter
together = Zusammen
was-cited = zitiert

## Weiterfragen und aufheben

ask-next = Als Nächstes fragen
copy-link = Link kopieren
export = Als Markdown speichern
print = Drucken
earlier = Frühere Unterhaltungen
earlier-where = Nur in diesem Browser aufbewahrt.
delete = Löschen
clear-all = Alle löschen
quotes-lost =
    { $quotes ->
        [one] { $quotes } Zitat steht nicht mehr in den Artikeln, die Sie lesen dürfen, und wurde weggelassen.
       *[other] { $quotes } Zitate stehen nicht mehr in den Artikeln, die Sie lesen dürfen, und wurden weggelassen.
    }

## Bewertung

helpful = Hilfreich
not-helpful = Nicht hilfreich
what-was-wrong = Was war falsch? (freiwillig)
what-is-kept = Wird mit Ihrer Frage und der Antwort für die Betreiber dieser Seite aufbewahrt.
thank-you = Danke. Aufbewahrt ist:
send = Senden
rating-not-kept = Ihre Bewertung konnte nicht aufbewahrt werden.

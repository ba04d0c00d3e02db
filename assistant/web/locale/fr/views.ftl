# The pages beside the conversation: who said what, the timeline, the library.

page-ask = Questions
page-positions = Qui a dit quoi
page-timeline = Chronologie
page-library = Articles

## Who said what

positions-intro = Choisissez un sujet ou saisissez-en un. Chaque personne est citée dans ses propres mots.
positions-topic = Sujet
positions-show = Afficher
positions-topics = Sujets sur lesquels plusieurs personnes s’expriment
positions-speaker = Qui parle
positions-words = Dans ses propres mots
positions-none = Personne n’est cité sur ce sujet dans les articles.
positions-found =
    { $people ->
        [one] { $people } personne
       *[other] { $people } personnes
    }, { $quotes ->
        [one] { $quotes } citation
       *[other] { $quotes } citations
    }

## Timeline

timeline-intro = Ce qui s’est passé et quand, dans les phrases mêmes des articles.
timeline-person = Personne
timeline-everybody = Tout le monde
timeline-since = Du
timeline-until = Au
timeline-show = Afficher
timeline-none = Les articles ne rapportent aucun événement de ce genre.
timeline-found =
    { $events ->
        [one] { $events } événement
       *[other] { $events } événements
    }
timeline-by-article = La phrase ne nomme aucun jour ; c’est la date de l’article.

## Library

library-intro = Tous les articles que vous pouvez lire, les plus récents d’abord.
library-words = Mots du titre, du média, des personnes ou du texte
library-search = Rechercher
library-none = Il n’y a pas d’article de ce genre.
library-shown = Articles { $first } à { $last } sur { $all }
library-undated = Sans date
library-in-text = trouvé dans le texte
library-back = Précédents
library-on = Suivants

## The article that is read

article-unopened = Choisissez un article pour le lire ici.
article-none = Cet article n’existe pas ou n’existe plus.
article-back = Retour à la liste
article-also = Aussi dans :

## Adding articles

add-articles = Ajouter des articles
add-files = Fichiers
add-page = Adresse d’une page web
add-replace = Remplacer les fichiers du même nom que j’ai déjà ajoutés
add-send = Ajouter
add-sending = Envoi …
add-queued = En attente …
add-working = Lecture …
add-added = Ajouté
add-changed = Remplacé
add-unchanged = Déjà présent, inchangé
add-failed = N’a pas pu être ajouté
add-unreachable = Le serveur est injoignable. Réessayez dans un instant.

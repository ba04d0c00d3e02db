# La page de conversation. Entre accolades : noms, questions et nombres à insérer.

title = Assistant des pourparlers
intro = Des réponses sur les pourparlers diplomatiques, tirées d’articles de presse. Chaque numéro ouvre l’article à l’endroit des mots cités.
languages = Langues
new-conversation = Nouvelle conversation
try = Essayez une de ces questions

## Le champ de la question

your-question = Votre question
ask-about = Qu’ont-ils dit ?
ask = Demander
stop = Arrêter

## Un échange

you-asked = Vous avez demandé :
searching = Recherche dans les articles.
reading = Lecture des articles …
more-coming = La suite arrive …
stopped = Arrêté avant la fin de la réponse.
source = Source
partly-in-source = seulement en partie dans la source
not-in-source = absent de la source
no-answer = Pas de réponse dans les articles
nearest = Le plus proche dans les articles
went-wrong = Une erreur s’est produite ici.
see-log = Le journal du serveur en donne la cause.
copy = Copier avec les citations
copied = Copié
copying-not-allowed = La copie n’est pas autorisée ici

## Comment la réponse a été obtenue

quoted = Cité des articles, mot pour mot
written-by = Rédigé par { $writer }, chaque phrase vérifiée d’après ses citations
not-answered = Sans réponse
not-answered-by = Sans réponse de { $writer }, qui a lu les citations les plus proches
searched-for = Recherche effectuée :
left-out =
    { $sentences ->
        [one] Écartée : { $sentences } phrase du modèle que les citations n’appuient pas
       *[other] Écartées : { $sentences } phrases du modèle que les citations n’appuient pas
    }

## Ce qu’un lecteur d’écran dit d’une réponse

sentences-from-articles =
    { $sentences ->
        [one] Réponse en { $sentences } phrase
       *[other] Réponse en { $sentences } phrases
    } tirée de { $articles ->
        [one] { $articles } article
       *[other] { $articles } articles
    }
answered = { sentences-from-articles }.
answered-by = { sentences-from-articles }, rédigée par { $writer } et vérifiée d’après ses citations.

## Les sources

sources = Sources
no-sources-yet = Les articles qui fondent une réponse apparaissent ici, avec les mots cités surlignés.
back = Retour à la réponse
quote = Citation
marked = Surligné
article-gone = L’article n’est plus dans l’index ; voici les mots qu’il contenait.
named-sources =
    { $sources ->
        [one] { $sources } source nommée par l’article
       *[other] { $sources } sources nommées par l’article
    }

## Ce qui fonde une réponse

tab-quotes = Citations
tab-article = L’article
tab-why = Pourquoi
in-article = Voir dans l’article
people-named = Personnes nommées :
words-wanted-of = Selon les mots de :
days-named = Jours nommés :
refused-because = Sans réponse, car :
verdicts = Chaque phrase
word-for-word = mot pour mot dans l’article
in-source = appuyée par ses citations
sentences-left-out = Écarté : ce que les citations n’appuient pas
came-back = Revenue sous une autre forme.
passages-found =
    { $passages ->
        [one] { $passages } passage trouvé dans tous les articles
       *[other] { $passages } passages trouvés dans tous les articles
    }
ranks-explained = Le rang par le sens et par les mots, 1 est le meilleur ; les deux ensemble donnent l’ordre.
passage = Extrait
by-meaning = Sens
by-words = Mots
together = Ensemble
was-cited = cité

## Poursuivre et garder

ask-next = À demander ensuite
copy-link = Copier le lien
export = Enregistrer en Markdown
print = Imprimer
earlier = Conversations passées
earlier-where = Gardées dans ce navigateur seulement.
delete = Supprimer
clear-all = Tout supprimer
quotes-lost =
    { $quotes ->
        [one] { $quotes } citation n’est plus dans les articles que vous pouvez lire et a été écartée.
       *[other] { $quotes } citations ne sont plus dans les articles que vous pouvez lire et ont été écartées.
    }

## L’évaluation

helpful = Utile
not-helpful = Pas utile
what-was-wrong = Qu’est-ce qui n’allait pas ? (facultatif)
what-is-kept = Conservé avec votre question et la réponse, pour les responsables de cette page.
thank-you = Merci. Ceci est conservé :
send = Envoyer
rating-not-kept = Votre évaluation n’a pas pu être conservée.

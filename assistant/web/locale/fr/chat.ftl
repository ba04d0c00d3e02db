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

## L’évaluation

helpful = Utile
not-helpful = Pas utile
what-was-wrong = Qu’est-ce qui n’allait pas ? (facultatif)
what-is-kept = Conservé avec votre question et la réponse, pour les responsables de cette page.
thank-you = Merci. Ceci est conservé :
send = Envoyer
rating-not-kept = Votre évaluation n’a pas pu être conservée.

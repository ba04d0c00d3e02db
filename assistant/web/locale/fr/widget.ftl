# The widget: the assistant in a frame on another page.
widget-outside = Cette page est faite pour être affichée dans une autre.
widget-conversation = Conversation en cours
widget-restarted = Une nouvelle conversation a commencé.
widget-sign-in = Pour poser une question, connectez-vous sur la page qui entoure ce cadre.
widget-signing-in = En attente de votre connexion. La question sera ensuite reposée d’elle-même.
widget-unreachable = L’assistant est injoignable.
widget-later = Réessayez dans un instant.

# The widget: the assistant in a frame on another page.
widget-outside = Diese Seite ist dafür gemacht, in einer anderen gezeigt zu werden.
widget-conversation = Unterhaltung
widget-restarted = Eine neue Unterhaltung hat begonnen.
widget-sign-in = Melden Sie sich auf der umgebenden Seite an, um zu fragen.
widget-signing-in = Warten auf die Anmeldung. Die Frage wird danach von selbst noch einmal gestellt.
widget-unreachable = Der Assistent ist nicht erreichbar.
widget-later = Versuchen Sie es gleich noch einmal.

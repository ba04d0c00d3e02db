# The widget: the assistant in a frame on another page.
widget-outside = This page is made to be shown inside another one.
widget-conversation = Conversation
widget-restarted = A new conversation has begun.
widget-sign-in = Sign in on the page around this to ask.
widget-signing-in = Waiting for you to be signed in. The question is asked again by itself.
widget-unreachable = The assistant cannot be reached.
widget-later = Try again in a moment.

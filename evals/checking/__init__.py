"""How well `assistant.checking` tells what quotes say from what they do not."""

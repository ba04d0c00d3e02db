"""The chat in the browser: `app` serves it, `chat` lays it out, `render` draws answers."""

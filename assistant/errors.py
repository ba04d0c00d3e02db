"""Everything that can go wrong, as one tree.

AssistantError
├── SettingsError            a setting has a wrong value
│   └── ModelSettingError    the chat model that is set cannot be made
├── QuestionError            the question cannot be asked
├── QuestionSetError         a question set, gate or saved run cannot be used
├── ArticleError             one input cannot become an article
│   ├── FetchError           a page could not be fetched
│   └── ForbiddenAddressError  a page lies where fetching is not allowed
├── IndexStoreError          the index cannot be used
│   ├── IndexMissingError    there is none yet
│   ├── IndexBusyError       another process is writing to it
│   ├── IndexMismatchError   another embedding model built it
│   ├── IndexDamagedError    its files cannot be read
│   └── IndexUnreachableError  the Chroma server does not answer
├── FeedbackError            what readers thought cannot be kept or read
├── ModelError               the embedding model cannot be used
├── WriterError              the chat model failed; the answer is quoted instead
├── NotSignedInError         nobody says, credibly, who is asking
├── NotAllowedError          whoever is asking may not do this
└── TooManyError             more was asked than the limits allow for now

Each message is a sentence that names the thing; `hint` is the next step. Foreign errors are
mapped in the module that meets them, and caught only at the edges: the command line, the chat.
"""


class AssistantError(Exception):
    """A failure with a sentence for the user and, where there is one, the next step."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SettingsError(AssistantError):
    """A setting has a value that cannot be used."""


class ModelSettingError(SettingsError):
    """The chat model that is set is unknown, or its package or key is missing."""


class QuestionError(AssistantError):
    """The question is empty, too long, or not text."""


class QuestionSetError(AssistantError):
    """A question set, a gate or a saved run cannot be read; the message names file and line."""


class ArticleError(AssistantError):
    """One input cannot become an article; the rest of its batch goes on."""


class FetchError(ArticleError):
    """A page could not be fetched within its limits."""


class ForbiddenAddressError(FetchError):
    """A URL leads to an address or scheme that fetching is not allowed to touch."""


class IndexStoreError(AssistantError):
    """The index cannot be used."""


class IndexMissingError(IndexStoreError):
    """There is no index where one is expected."""


class IndexBusyError(IndexStoreError):
    """Another process is writing to the index."""


class IndexMismatchError(IndexStoreError):
    """The index was built by another embedding model than the one in use."""


class IndexDamagedError(IndexStoreError):
    """The index is there but its files cannot be read."""


class IndexUnreachableError(IndexStoreError):
    """The Chroma server does not answer."""


class ModelError(AssistantError):
    """The embedding model is missing, altered, or cannot be loaded."""


class FeedbackError(AssistantError):
    """What readers thought of answers cannot be kept or read."""


class WriterError(AssistantError):
    """A chat model is down, too slow, out of context or out of words."""


class NotSignedInError(AssistantError):
    """Nobody says, credibly, who is asking: no token, or one that cannot be trusted."""


class NotAllowedError(AssistantError):
    """Whoever is asking may not do this."""


class TooManyError(AssistantError):
    """More was asked, or is being answered, than the limits allow; `retry_after_s` says how long
    to wait, in whole seconds."""

    def __init__(self, message: str, *, retry_after_s: int, hint: str = "") -> None:
        super().__init__(message, hint=hint or f"Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s

//! Documents of a few lines through `header` and `body`.

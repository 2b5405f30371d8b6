//! Bundles as a whole: what comes in, what is refused, in which order.

//! Archives built in memory, good and hostile.

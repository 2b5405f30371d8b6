//! The parameters of ranking, all in one place.
//!
//! They were set on the relevance set, and hold for patients left out of it: `mes-search eval --tune`
//! searches the grids below for all patients but one, and measures on that one. A change of a value here comes with its
//! table.

macro_rules! weights {
    ($($(#[$doc:meta])* $name:ident = $value:literal in [$($step:literal),*];)+) => {
        /// The parameters of ranking.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Weights { $($(#[$doc])* pub(crate) $name: f32),+ }

        impl Default for Weights {
            fn default() -> Self {
                Weights { $($name: $value),+ }
            }
        }

        impl Weights {
            /// The parameters that may be tuned, with the values to try.
            pub const PARAMETERS: &'static [Parameter] = &[$(Parameter {
                name: stringify!($name),
                grid: &[$($step),*],
                get: |weights| weights.$name,
                set: |weights, value| weights.$name = value,
            }),+];
        }
    };
}

/// A parameter of ranking, as a search over values sees it.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The values to try, in order.
    pub grid: &'static [f32],
    get: fn(&Weights) -> f32,
    set: fn(&mut Weights, f32),
}

impl Parameter {
    /// Its value.
    #[must_use]
    pub fn get(&self, weights: &Weights) -> f32 {
        (self.get)(weights)
    }

    /// The same weights with another value of it.
    #[must_use]
    pub fn with(&self, weights: &Weights, value: f32) -> Weights {
        let mut out = *weights;
        (self.set)(&mut out, value);
        out
    }
}

weights! {
    /// An item answers when the words that it holds weigh at least this share of the query's words.
    bar = 0.5 in [0.4, 0.5, 0.6];
    /// Below the bar, from this share on, an item is shown apart as near.
    near_bar = 0.3 in [];
    /// How strongly missing words lower a score: the power of the share.
    coordination = 2.0 in [1.0, 2.0, 3.0];
    /// What being the newest adds at most to a score, where the query asks for the last.
    timely = 1.0 in [0.5, 1.0, 2.0];
    /// The days in which that falls to a third.
    timely_days = 500.0 in [250.0, 500.0, 1000.0];
    /// A result of at least this share of the best score brings what it is linked with.
    follow = 0.4 in [0.3, 0.4, 0.6];
    /// What a document states counts less than the document and than the record's own entries.
    derived = 0.6 in [0.4, 0.6, 0.8];
    /// What the weaker of words and meaning adds to the stronger.
    both = 0.25 in [0.0, 0.25, 0.5];
    /// What a part of an expression keeps of its weight, at least.
    part = 0.4 in [0.2, 0.4, 0.6];
    /// Share of a narrower concept, for each step down.
    narrower = 0.85 in [0.7, 0.85, 1.0];
    /// Share of a concept in a relation to the one asked for.
    related = 0.5 in [0.3, 0.5, 0.7];
    /// What a mention that is denied weighs beside one that is not.
    denied_mention = 0.3 in [0.1, 0.3, 0.6];
    /// What is left of a score where all mentions are denied.
    denied = 0.6 in [0.4, 0.6, 0.8];
    /// What being by the author who is asked for adds.
    author = 0.5 in [0.0, 0.25, 0.5, 1.0];
    /// What is left to an item written by the person to whom it should be written.
    addressee = 0.6 in [0.4, 0.6, 0.8];
    /// What being of the kind that is named adds.
    kind = 0.2 in [0.0, 0.2, 0.5, 1.0];
    /// The same, where nothing else is asked.
    list = 1.0 in [0.5, 1.0, 2.0];
    /// What the other side of the body takes away at most.
    side = 0.6 in [0.0, 0.3, 0.6, 0.8];
    /// What is left to an item outside the time that an event of the record tells.
    outside = 0.4 in [0.2, 0.4, 0.6];
    /// What is left to a treatment that is over, where the present is asked for.
    over = 0.5 in [0.3, 0.5, 0.7];
    /// Weight of a word in a title.
    title = 3.0 in [2.0, 3.0, 4.0];
    /// In the type and what patients call it.
    type_ = 2.5 in [1.5, 2.5, 3.5];
    /// In the names of authors.
    author_name = 2.5 in [];
    /// In the specialties of authors.
    specialty = 2.0 in [1.0, 2.0, 3.0];
    /// In places and institutions.
    place = 1.5 in [];
    /// In the date in words.
    date = 1.5 in [];
    /// In codes and their labels.
    codes = 2.5 in [1.5, 2.5, 3.5];
    /// In what a document's coded entries state.
    entries = 1.0 in [0.5, 1.0, 1.5];
    /// In notes, dosages, values.
    notes = 1.5 in [];
    /// In the text.
    body = 1.0 in [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_on_its_grid() {
        let weights = Weights::default();
        for parameter in Weights::PARAMETERS {
            let value = parameter.get(&weights);
            assert!(parameter.grid.is_empty() || parameter.grid.contains(&value), "{}", parameter.name);
            assert!((parameter.get(&parameter.with(&weights, 7.0)) - 7.0).abs() < f32::EPSILON);
        }
    }
}

//! Document categories that Mon espace santé shows.

use minicbor::{Decode, Encode};
use std::str::FromStr;

macro_rules! categories {
    ($($n:literal $name:ident $code:literal $label:literal),+ $(,)?) => {
        /// A category of the document list of Mon espace santé (`categorie_mapper.dart` of
        /// assurance-maladie-mesdmp/ens-mobile).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
        #[cbor(index_only)]
        pub enum Category { $(
            #[doc = $label]
            #[n($n)] $name
        ),+ }

        impl Category {
            /// All of them, in the order of the application.
            pub const ALL: &'static [Category] = &[$(Category::$name),+];

            /// The code, as in the HTTP contract.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Category::$name => $code),+ }
            }

            /// The label shown to users.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Category::$name => $label),+ }
            }
        }
    };
}

categories! {
    0 Synthesis "SYNTHESE" "Ma santé en résumé",
    1 Prescription "ORD_SOIN" "Ordonnances et soins",
    2 Imaging "RADIO_SC" "Radio, écho, scanner, IRM",
    3 Biology "BIOLOGIE" "Résultats de biologie",
    4 Report "CPT_REND" "Comptes rendus",
    5 Screening "DEPISTAG" "Prévention et dépistages",
    6 Certificate "CERT_MED" "Certificats médicaux",
    7 Administrative "DOC_ADM" "Pièces administratives",
    8 AdvanceDirective "DIR_ANT" "Directives anticipées",
    9 MedicalSynthesis "SYNTH_PML" "Synthèse médicale",
    10 Questionnaire "QUEST_SANTE" "Questionnaire santé",
    11 Vaccination "CAR_VAC" "Carnet de vaccination",
    12 Reimbursement "REMB" "Données de remboursement",
    13 Other "AUTR_DOC" "Autres documents",
}

impl FromStr for Category {
    type Err = crate::IdError;
    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Category::ALL.iter().copied().find(|c| c.code() == code).ok_or(crate::IdError::ResourceType)
    }
}

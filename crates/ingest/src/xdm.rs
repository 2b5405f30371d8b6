//! IHE_XDM.ZIP archives.

//! Parties to the Paris Agreement, as reports under its Article 6 name them.
//!
//! Specification: `docs/spec/entry.md`, Party.

use crate::id::Country;
use bincode::Encode;
use std::fmt;

/// A Party by its code of three letters (ISO 3166-1 alpha-3, and codes reserved
/// like `EUE`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Party([u8; 3]);

impl Party {
    /// Japan.
    pub const JAPAN: Party = Party(*b"JPN");

    /// Three capital letters.
    pub fn new(code: &str) -> Option<Party> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Party(bytes))
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.0).unwrap_or("???"))
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Party({self})")
    }
}

impl From<Country> for Party {
    /// The alpha-3 code of the country. One that ISO has not given gets `X` and its
    /// two letters, from the codes that ISO leaves to users: no ISO code is that.
    fn from(country: Country) -> Party {
        let code = country.to_string();
        let known = PARTIES.split(' ').find_map(|pair| pair.strip_prefix(code.as_str()));
        let of_users = || {
            let [first, second] = country.letters();
            Party([b'X', first, second])
        };
        known.and_then(Party::new).unwrap_or_else(of_users)
    }
}

/// ISO 3166-1: alpha-2 and alpha-3 code of each country, ascending.
pub const PARTIES: &str = "\
     ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW \
     AXALA AZAZE BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN \
     BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG \
     CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE \
     DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN \
     FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL \
     GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV \
     HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM \
     JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO \
     LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE \
     MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS \
     MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL \
     NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI \
     PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA SASAU SBSLB SCSYC SDSDN \
     SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV \
     SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON \
     TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN \
     VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE";

crate::codec::decode_checked!(Party, [u8; 3], |raw| Party::new(str::from_utf8(&raw).ok()?));
crate::codec::serialize_as_text!(Party);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn party(country: &str) -> String {
        Party::from(Country::new(country).expect("a country")).to_string()
    }

    #[test]
    fn a_country_has_the_code_of_its_party() {
        let partners = [("MN", "MNG"), ("TH", "THA"), ("MV", "MDV"), ("VN", "VNM"), ("KE", "KEN")];
        for (country, code) in partners {
            assert_eq!(party(country), code);
        }
        assert_eq!([party("AD"), party("JP"), party("ZW")], ["AND", "JPN", "ZWE"]);
    }

    #[test]
    fn a_country_without_a_code_gets_one_that_iso_leaves_to_users() {
        assert_eq!(party("ZZ"), "XZZ");
        // Not the middle of "ADAND AEARE".
        assert_eq!(party("DA"), "XDA");
        assert!(PARTIES.split(' ').all(|pair| !pair[2..].starts_with('X')));
    }

    #[test]
    fn the_table_ascends_and_names_nobody_twice() {
        let pairs: Vec<&str> = PARTIES.split(' ').collect();
        assert_eq!(pairs.len(), 249);
        assert!(pairs.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(pairs.iter().all(|pair| pair.len() == 5));
        let codes: BTreeSet<_> = pairs.iter().filter_map(|pair| Party::new(&pair[2..])).collect();
        assert_eq!(codes.len(), pairs.len());
    }

    #[test]
    fn a_party_is_three_capitals() {
        for bad in ["", "MN", "mng", "MNGX", "M1G", "日"] {
            assert_eq!(Party::new(bad), None, "{bad}");
        }
        assert!(Party::new("EUE").is_some());
    }
}

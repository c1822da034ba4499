//! Kinds of objects, and where each lies: in the bucket, or in one of its own, or under a prefix.

use std::{collections::BTreeMap, fmt, str::FromStr};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// PDFs of a registration's tickets, or of one ticket.
    Tickets,
    /// Codes as pictures.
    Codes,
    Confirmations,
    Invoices,
    /// All tickets of an event in one file.
    Archives,
    /// What an event shows the public.
    Images,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 6] =
        [Self::Tickets, Self::Codes, Self::Confirmations, Self::Invoices, Self::Archives, Self::Images];

    /// Its name in the configuration, in metrics and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Codes => "codes",
            Self::Confirmations => "confirmations",
            Self::Invoices => "invoices",
            Self::Archives => "archives",
            Self::Images => "images",
        }
    }

    /// What every key of the kind begins with.
    pub const fn roots(self) -> &'static [&'static str] {
        match self {
            Self::Tickets => &["tickets/", "registrations/"],
            Self::Codes | Self::Confirmations => &["registrations/"],
            Self::Invoices => &["invoices/"],
            Self::Archives => &["archives/"],
            Self::Images => &["events/"],
        }
    }

    /// The kind of the object that has this key.
    pub fn of(key: &str) -> Option<Self> {
        let (root, rest) = key.split_once('/')?;
        match root {
            "tickets" => Some(Self::Tickets),
            "invoices" => Some(Self::Invoices),
            "archives" => Some(Self::Archives),
            "events" => Some(Self::Images),
            "registrations" => {
                let (_, name) = rest.split_once('/')?;
                let ending = name.rsplit_once('.')?.1;
                match (name.split_once('/').map(|(folder, _)| folder), ending) {
                    (Some("tickets"), "png") => Some(Self::Codes),
                    (Some("tickets"), "pdf") => Some(Self::Tickets),
                    (None, "pdf") => Some(Self::Confirmations),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("there is no kind `{name}`; there are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A bucket, and what stands before the keys in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub bucket: String,
    pub prefix: String,
}

/// Where each kind lies.
#[derive(Debug, Clone)]
pub struct Places {
    main: Place,
    own: BTreeMap<Kind, Place>,
}

impl Places {
    /// Everything in one bucket, but for what `own` says: `KIND=BUCKET`, `KIND=BUCKET/PREFIX` or `KIND=/PREFIX`.
    pub fn new(bucket: &str, own: &str) -> Result<Self, String> {
        let main = Place { bucket: bucket.to_owned(), prefix: String::new() };
        let mut places = Self { main, own: BTreeMap::new() };
        for entry in own.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (kind, place) = entry.split_once('=').ok_or_else(|| format!("`{entry}`: write KIND=BUCKET/PREFIX"))?;
            let kind: Kind = kind.trim().parse()?;
            let (own_bucket, prefix) = place.trim().split_once('/').unwrap_or((place.trim(), ""));
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            let prefix = prefix.trim_end_matches('/');
            let segment = |part: &str| !part.is_empty() && part.chars().all(plain) && !part.starts_with('.');
            if !own_bucket.chars().all(plain) || !(prefix.is_empty() || prefix.split('/').all(segment)) {
                return Err(format!("`{entry}`: a bucket and a prefix are made of letters, digits, dashes and dots"));
            }
            let among = |root: &&str| format!("{prefix}/").starts_with(root);
            let roots = Kind::ALL.iter().flat_map(|kind| kind.roots()).chain(&["onsale/"]);
            if roots.copied().any(|root| among(&root)) {
                return Err(format!("`{entry}`: a prefix must not begin like a key"));
            }
            let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
            let bucket = if own_bucket.is_empty() { bucket } else { own_bucket };
            places.own.insert(kind, Place { bucket: bucket.to_owned(), prefix });
        }
        Ok(places)
    }

    /// Where objects of the kind lie.
    pub fn of(&self, kind: Kind) -> &Place {
        self.own.get(&kind).unwrap_or(&self.main)
    }

    /// The bucket and the name in it of the object that has this key.
    pub fn locate(&self, key: &str) -> (&str, String) {
        let place = Kind::of(key).map_or(&self.main, |kind| self.of(kind));
        (&place.bucket, format!("{}{key}", place.prefix))
    }

    /// Every bucket there is.
    pub fn buckets(&self) -> Vec<&str> {
        let mut buckets: Vec<_> = self.own.values().chain([&self.main]).map(|place| place.bucket.as_str()).collect();
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_may_have_a_bucket_or_a_prefix_of_its_own() {
        let places = Places::new("main", "invoices=receipts/2025/eu, codes=/private, archives=big").unwrap();
        let at = |key| {
            let (bucket, name) = places.locate(key);
            format!("{bucket}:{name}")
        };
        assert_eq!(at("tickets/GDN2025-0001.pdf"), "main:tickets/GDN2025-0001.pdf");
        assert_eq!(at("invoices/tiktok/s/o/p/1.pdf"), "receipts:2025/eu/invoices/tiktok/s/o/p/1.pdf");
        assert_eq!(at("registrations/A-0001/tickets/x.png"), "main:private/registrations/A-0001/tickets/x.png");
        assert_eq!(at("registrations/A-0001/tickets/x.pdf"), "main:registrations/A-0001/tickets/x.pdf");
        assert_eq!(at("archives/e/j.zip"), "big:archives/e/j.zip");
        assert_eq!(places.buckets(), ["big", "main", "receipts"]);
        for faulty in
            ["tickets", "poems=x", "codes=a b", "codes=/../x", "codes=/a//b", "codes=/tickets", "codes=x/events/y"]
        {
            assert!(Places::new("main", faulty).is_err(), "{faulty}");
        }
    }
}

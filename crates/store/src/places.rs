//! Kinds of objects, and the place (bucket and prefix) of each kind.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use super::TRASH;

/// Kind of an object, derived from its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// PDFs with all tickets of a registration or with one ticket.
    Tickets,
    /// PNGs of QR codes.
    Codes,
    Confirmations,
    Invoices,
    /// Files with all tickets of an event.
    Archives,
    /// Public pictures of an event.
    Images,
    /// Copies of messages.
    Mails,
}

impl ObjectKind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Tickets, Self::Codes, Self::Confirmations, Self::Invoices, Self::Archives, Self::Images, Self::Mails];

    /// Returns the name used in the configuration, in metrics and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Codes => "codes",
            Self::Confirmations => "confirmations",
            Self::Invoices => "invoices",
            Self::Archives => "archives",
            Self::Images => "images",
            Self::Mails => "mails",
        }
    }

    /// Returns the prefixes of the kind's keys.
    pub const fn key_prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Tickets => &["tickets/", "registrations/"],
            Self::Codes | Self::Confirmations => &["registrations/"],
            Self::Invoices => &["invoices/"],
            Self::Archives => &["archives/"],
            Self::Images => &["events/"],
            Self::Mails => &["mails/"],
        }
    }

    /// Returns the kind of the object with this key. `None` if the key belongs to no kind.
    pub fn of(key: &str) -> Option<Self> {
        let (root, rest) = key.split_once('/')?;
        match root {
            "tickets" => Some(Self::Tickets),
            "invoices" => Some(Self::Invoices),
            "archives" => Some(Self::Archives),
            "events" => Some(Self::Images),
            "mails" => Some(Self::Mails),
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

impl FromStr for ObjectKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("there is no kind `{name}`; there are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A bucket and the prefix of all object names in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    pub bucket: String,
    /// Empty, or a path that ends with a slash.
    pub prefix: String,
}

/// The place of each kind of object.
#[derive(Debug, Clone)]
pub struct Locations {
    main: Location,
    overrides: BTreeMap<ObjectKind, Location>,
}

impl Locations {
    /// Parses the configuration. All kinds lie in `bucket`, except those in the comma-separated list `overrides`:
    /// `KIND=BUCKET`, `KIND=BUCKET/PREFIX` or `KIND=/PREFIX`.
    pub fn new(bucket: &str, overrides: &str) -> Result<Self, String> {
        let main = Location { bucket: bucket.to_owned(), prefix: String::new() };
        let mut places = Self { main, overrides: BTreeMap::new() };
        for entry in overrides.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (kind, place) = entry.split_once('=').ok_or_else(|| format!("`{entry}`: write KIND=BUCKET/PREFIX"))?;
            let kind: ObjectKind = kind.trim().parse()?;
            let (own_bucket, prefix) = place.trim().split_once('/').unwrap_or((place.trim(), ""));
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            let prefix = prefix.trim_end_matches('/');
            let segment = |part: &str| !part.is_empty() && part.chars().all(plain) && !part.starts_with('.');
            if !own_bucket.chars().all(plain) || !(prefix.is_empty() || prefix.split('/').all(segment)) {
                return Err(format!("`{entry}`: a bucket and a prefix are made of letters, digits, dashes and dots"));
            }
            let mut reserved = ObjectKind::ALL.iter().flat_map(|kind| kind.key_prefixes()).chain(&["onsale/", TRASH]);
            if reserved.any(|reserved| format!("{prefix}/").starts_with(reserved)) {
                return Err(format!("`{entry}`: a prefix must not begin like a key, for example with tickets/"));
            }
            let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
            let bucket = if own_bucket.is_empty() { bucket } else { own_bucket };
            places.overrides.insert(kind, Location { bucket: bucket.to_owned(), prefix });
        }
        Ok(places)
    }

    /// Returns the place of a kind.
    pub fn of(&self, kind: ObjectKind) -> &Location {
        self.overrides.get(&kind).unwrap_or(&self.main)
    }

    /// Returns the place of the object with this key.
    pub fn place_of(&self, key: &str) -> &Location {
        ObjectKind::of(key).map_or(&self.main, |kind| self.of(kind))
    }

    /// Returns the bucket of the object with this key, and its name there: prefix and key.
    pub fn locate(&self, key: &str) -> (&str, String) {
        let place = self.place_of(key);
        (&place.bucket, format!("{}{key}", place.prefix))
    }

    /// Returns all places, without duplicates.
    pub fn distinct(&self) -> BTreeSet<&Location> {
        self.overrides.values().chain([&self.main]).collect()
    }

    /// Returns all buckets, sorted and without duplicates.
    pub fn buckets(&self) -> Vec<&str> {
        let mut buckets: Vec<_> =
            self.overrides.values().chain([&self.main]).map(|place| place.bucket.as_str()).collect();
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
        let places = Locations::new("main", "invoices=receipts/2025/eu, codes=/private, archives=big").unwrap();
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
            assert!(Locations::new("main", faulty).is_err(), "{faulty}");
        }
    }
}

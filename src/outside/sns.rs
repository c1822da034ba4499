//! Messages of Amazon's notification service (SNS): their signatures, and the confirmation of a subscription.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;
use url::Url;
use webpki::EndEntityCert;

/// A message as SNS posts it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SnsMessage {
    r#type: String,
    message_id: String,
    topic_arn: String,
    pub message: String,
    subject: Option<String>,
    timestamp: String,
    token: Option<String>,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}

/// Why a message was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnsFault {
    #[error("the topic is not the configured one")]
    Topic,
    #[error("the address of the certificate is not one of SNS")]
    CertificateAddress,
    #[error("the signature is wrong")]
    Signature,
    #[error("the certificate cannot be fetched: {0}")]
    Fetch(String),
}

/// Request of a genuine message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnsContent {
    Notification(String),
    /// The subscription was confirmed.
    Confirmed,
    Other,
}

const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest certificate or answer that is read.
const MAX_BYTES: usize = 64 << 10;
/// Certificates that are kept: SNS has one for each region, and changes them seldom.
const MAX_CERTIFICATES: usize = 16;

/// The topic that is listened to, and the certificates of its messages.
pub struct SnsTopic {
    arn: String,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    certificates: Mutex<HashMap<String, Vec<u8>>>,
}

impl SnsTopic {
    /// Listens to this topic only: anybody can make SNS sign messages of a topic of their own.
    pub fn new(arn: String) -> std::io::Result<Self> {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())?
            .https_only()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { arn, client, certificates: Mutex::default() })
    }

    /// Verifies a message, and confirms the subscription if it asks for that.
    pub async fn receive(&self, message: &SnsMessage) -> Result<SnsContent, SnsFault> {
        if message.topic_arn != self.arn {
            return Err(SnsFault::Topic);
        }
        let is_certificate = |url: &Url| {
            let file =
                url.path().strip_prefix("/SimpleNotificationService-").and_then(|rest| rest.strip_suffix(".pem"));
            url.query().is_none() && file.is_some_and(|id| id.chars().all(|c| c.is_ascii_alphanumeric()))
        };
        if !self.address(&message.signing_cert_url).is_some_and(|url| is_certificate(&url)) {
            return Err(SnsFault::CertificateAddress);
        }
        let known = self.certificates().get(&message.signing_cert_url).cloned();
        let certificate = match known {
            Some(certificate) => certificate,
            None => self.fetch(&message.signing_cert_url).await?,
        };
        message.verify(&certificate)?;
        self.remember(&message.signing_cert_url, certificate);
        match (message.r#type.as_str(), &message.subscribe_url) {
            ("Notification", _) => Ok(SnsContent::Notification(message.message.clone())),
            ("SubscriptionConfirmation", Some(url)) if self.address(url).is_some() => {
                self.fetch(url).await?;
                Ok(SnsContent::Confirmed)
            }
            _ => Ok(SnsContent::Other),
        }
    }

    /// Parses an https address of SNS in the region of the topic. Other names below amazonaws.com may be anybody's.
    fn address(&self, address: &str) -> Option<Url> {
        let region = self.arn.split(':').nth(3)?;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let url = Url::parse(address).ok()?;
        let is_own = url.scheme() == "https" && url.port().is_none() && url.username().is_empty();
        (is_own && url.host_str()? == format!("sns.{region}.{domain}")).then_some(url)
    }

    fn remember(&self, url: &str, certificate: Vec<u8>) {
        let mut certificates = self.certificates();
        if certificates.len() < MAX_CERTIFICATES {
            certificates.insert(url.to_owned(), certificate);
        }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, SnsFault> {
        let fault = |text: String| SnsFault::Fetch(text);
        let uri = url.parse().map_err(|_| SnsFault::CertificateAddress)?;
        let read = async {
            let answer = self.client.get(uri).await.map_err(|error| fault(error.to_string()))?;
            if !answer.status().is_success() {
                return Err(fault(format!("status {}", answer.status())));
            }
            let body = Limited::new(answer.into_body(), MAX_BYTES).collect().await;
            Ok(body.map_err(|error| fault(error.to_string()))?.to_bytes().to_vec())
        };
        tokio::time::timeout(FETCH_TIMEOUT, read).await.map_err(|_| fault("no answer in time".to_owned()))?
    }

    fn certificates(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<u8>>> {
        self.certificates.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl SnsMessage {
    /// Checks the signature with a certificate in PEM.
    fn verify(&self, certificate: &[u8]) -> Result<(), SnsFault> {
        let certificate = CertificateDer::from_pem_slice(certificate).map_err(|_| SnsFault::Signature)?;
        let certificate = EndEntityCert::try_from(&certificate).map_err(|_| SnsFault::Signature)?;
        let key = certificate.subject_public_key_info();
        let signature = STANDARD.decode(&self.signature).map_err(|_| SnsFault::Signature)?;
        let algorithm = match self.signature_version.as_str() {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(SnsFault::Signature),
        };
        let verified =
            UnparsedPublicKey::new(algorithm, key.as_ref()).verify(self.signed_text().as_bytes(), &signature);
        verified.map_err(|_| SnsFault::Signature)
    }

    /// The fields that are signed, a line each for name and value.
    fn signed_text(&self) -> String {
        let is_notification = self.r#type == "Notification";
        let fields = [
            ("Message", Some(self.message.as_str())),
            ("MessageId", Some(self.message_id.as_str())),
            ("Subject", self.subject.as_deref().filter(|_| is_notification)),
            ("SubscribeURL", self.subscribe_url.as_deref().filter(|_| !is_notification)),
            ("Timestamp", Some(self.timestamp.as_str())),
            ("Token", self.token.as_deref().filter(|_| !is_notification)),
            ("TopicArn", Some(self.topic_arn.as_str())),
            ("Type", Some(self.r#type.as_str())),
        ];
        let lines = fields.into_iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", value?)));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:mail";
    const CERTIFICATE_URL: &str = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem";

    /// A key and its certificate, made by another program.
    struct Signer {
        folder: tempfile::TempDir,
    }

    impl Signer {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let signer = Self { folder };
            signer.openssl(&[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem",
                "-subj",
                "/CN=sns.amazonaws.com",
                "-days",
                "2",
            ]);
            signer
        }

        fn openssl(&self, arguments: &[&str]) {
            let output = std::process::Command::new("openssl").args(arguments).current_dir(self.folder.path()).output();
            let output = output.expect("openssl is installed");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }

        fn sign(&self, message: &mut SnsMessage) {
            let hash = if message.signature_version == "1" { "-sha1" } else { "-sha256" };
            std::fs::write(self.folder.path().join("text"), message.signed_text()).unwrap();
            self.openssl(&["dgst", hash, "-sign", "key.pem", "-out", "signature", "text"]);
            message.signature = STANDARD.encode(std::fs::read(self.folder.path().join("signature")).unwrap());
        }

        fn certificate(&self) -> Vec<u8> {
            std::fs::read(self.folder.path().join("cert.pem")).unwrap()
        }
    }

    fn message(version: &str) -> SnsMessage {
        let json = serde_json::json!({
            "Type": "Notification", "MessageId": "m-1", "TopicArn": TOPIC, "Message": "{}", "Subject": "Amazon SES",
            "Timestamp": "2026-11-30T10:00:00.000Z", "SignatureVersion": version, "Signature": "",
            "SigningCertURL": CERTIFICATE_URL, "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?x"
        });
        serde_json::from_value(json).unwrap()
    }

    #[tokio::test]
    async fn only_messages_signed_for_the_topic_are_accepted() {
        let signer = Signer::new();
        let topic = SnsTopic::new(TOPIC.to_owned()).unwrap();
        topic.certificates().insert(CERTIFICATE_URL.to_owned(), signer.certificate());
        for version in ["1", "2"] {
            let mut genuine = message(version);
            signer.sign(&mut genuine);
            assert_eq!(topic.receive(&genuine).await, Ok(SnsContent::Notification("{}".into())), "version {version}");
            let forged = SnsMessage { message: "{\"a\":1}".into(), ..genuine.clone() };
            assert_eq!(topic.receive(&forged).await, Err(SnsFault::Signature));
            let other = SnsMessage { topic_arn: "arn:aws:sns:eu-central-1:1:mine".into(), ..genuine };
            assert_eq!(topic.receive(&other).await, Err(SnsFault::Topic));
        }
        let unsigned = message("3");
        assert_eq!(topic.receive(&unsigned).await, Err(SnsFault::Signature));
        for address in [
            "http://sns.eu-central-1.amazonaws.com/a.pem",
            "https://sns.eu-central-1.amazonaws.com.evil.example/a.pem",
            "https://evil.example/sns.eu-central-1.amazonaws.com",
            "https://sns.eu-central-1.amazonaws.com:8443/a.pem",
            "https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com/?Action=Other",
        ] {
            let message = SnsMessage { signing_cert_url: address.to_owned(), ..message("2") };
            assert_eq!(topic.receive(&message).await, Err(SnsFault::CertificateAddress), "{address}");
        }
    }
}

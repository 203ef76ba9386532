//! What the opening handshake asks a server for.

use wsproof_core::handshake::Headers;
use wsproof_scenarios::ClientRequest;

use super::Header;
use crate::exit::Failure;
use crate::net::Url;

/// What the request has beside what the URL says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// Headers, in the order in which they are sent: after those of the handshake. `Host`, `User-Agent` and `Origin` go in
    /// place of wsproof's own; they and `Authorization` can be given once.
    pub headers: Vec<Header>,
    /// The `Origin` header, if one is to be sent.
    pub origin: Option<String>,
    /// Subprotocols to ask for, in order of preference.
    pub protocols: Vec<String>,
}

impl RequestOptions {
    /// The request for this URL. User name and password in the URL become an `Authorization` header.
    ///
    /// # Errors
    /// A header is given twice that can be there once.
    pub fn request(&self, url: &Url) -> Result<ClientRequest, Failure> {
        for once in ["Host", "User-Agent", "Origin", "Authorization"] {
            if self.headers.iter().filter(|header| header.is(once)).count() > 1 {
                return Err(Failure::wrong_use(format!("the header {once} is given twice")));
            }
        }
        let mut request = ClientRequest {
            protocols: self.protocols.clone(),
            ..ClientRequest::new(url.authority(), url.resource())
        };
        request.origin.clone_from(&self.origin);
        let mut headers = Headers::new();
        let mut push = |name: &str, value: &str| headers.push(name, value).map_err(Failure::wrong_use);
        if let Some(authorization) = url.authorization() {
            if self.headers.iter().any(|header| header.is("Authorization")) {
                return Err(Failure::wrong_use(
                    "the URL has a user name, and there is an Authorization header too: give one of them",
                ));
            }
            push("Authorization", &authorization)?;
        }
        for header in &self.headers {
            let value = header.value().to_owned();
            if header.is("Host") {
                request.host = value;
            } else if header.is("User-Agent") {
                request.user_agent = value;
            } else if header.is("Origin") {
                if self.origin.is_some() {
                    return Err(Failure::wrong_use(
                        "the origin is given twice: as a header and by its own option",
                    ));
                }
                request.origin = Some(value);
            } else {
                push(header.name(), &value)?;
            }
        }
        request.headers = headers;
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, headers: &[&str], origin: Option<&str>) -> Result<ClientRequest, String> {
        let headers = headers.iter().map(|text| text.parse().unwrap()).collect();
        let options = RequestOptions { headers, origin: origin.map(str::to_owned), protocols: Vec::new() };
        options.request(&url.parse().unwrap()).map_err(|failure| failure.to_string())
    }

    fn sent(request: &ClientRequest) -> Vec<(&str, &str)> {
        request.headers.iter().map(|header| (header.name(), header.value())).collect()
    }

    #[test]
    fn headers_keep_their_order_and_some_take_the_place_of_ours() {
        let headers =
            ["b: 1", "host: x.example", "A: 2", "User-Agent: me", "b: 3", "Origin: https://x.example"];
        let request = request("ws://h/p?q", &headers, None).unwrap();
        assert_eq!(sent(&request), [("b", "1"), ("A", "2"), ("b", "3")]);
        assert_eq!(
            (&*request.host, &*request.user_agent, request.origin.as_deref(), &*request.resource),
            ("x.example", "me", Some("https://x.example"), "/p?q")
        );
    }

    #[test]
    fn a_user_in_the_url_is_authorization() {
        let request = request("ws://u:p@h", &["X: y"], Some("null")).unwrap();
        assert_eq!(sent(&request), [("Authorization", "Basic dTpw"), ("X", "y")]);
        assert_eq!((&*request.host, request.origin.as_deref()), ("h:80", Some("null")));
    }

    #[test]
    fn what_can_be_there_once_is_not_taken_twice() {
        for (url, headers, origin, wanted) in [
            ("ws://h", &["Host: a", "host: b"][..], None, "Host is given twice"),
            ("ws://h", &["AUTHORIZATION: a", "Authorization: b"], None, "Authorization is given twice"),
            ("ws://u@h", &["authorization: a"], None, "give one of them"),
            ("ws://h", &["Origin: a"], Some("b"), "origin is given twice"),
        ] {
            let error = request(url, headers, origin).unwrap_err();
            assert!(error.contains(wanted), "{headers:?}: {error}");
        }
    }
}

//! `/scrape?target=`: one target that the request names.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::time::Instant;

use super::deadline::deadline;
use super::respond::{self, Response};
use super::{App, Live};
use crate::config::Credentials;
use crate::config::pattern::Pattern;
use crate::config::target::{Address, Target};
use crate::scrape::Parameters;

pub(super) async fn handle(app: &App, live: &Live, request: &Request<Incoming>) -> Response {
    let start = Instant::now();
    let deadline = match deadline(request.headers(), live.config.scrape_timeout, start) {
        Ok(deadline) => deadline,
        Err(fault) => return refuse(app, fault),
    };
    let query = request.uri().query().unwrap_or("");
    let target = match target(live, query) {
        Ok(target) => target,
        Err(fault) => return refuse(app, fault),
    };
    let scraper = match live.scraper.with_parameters(parameters(query), deadline).await {
        Ok(scraper) => scraper,
        Err(fault) => return refuse(app, fault),
    };
    let outcome = scraper.scrape(&target, deadline).await;
    let [of_server, of_scrape] = outcome.about(&live.config.namespace, outcome.page.labels.clone());
    let own = app.own.page_of_request(start.elapsed());
    respond::pages(request.headers(), &[&outcome.page, &of_server, &of_scrape, &own])
}

/// Bytes of a target: more than any address has.
const LONGEST_TARGET: usize = 1024;

fn refuse(app: &App, fault: String) -> Response {
    app.own.request_refused();
    respond::text(StatusCode::BAD_REQUEST, fault)
}

/// The parameters of a query. Given twice, the first one counts, as to redis_exporter.
fn parameters(query: &str) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    parameters
}

/// The target that a query names, with the credentials that belong to it.
fn target(live: &Live, query: &str) -> Result<Target, String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let named = pairs.find(|(name, value)| name == "target" && !value.is_empty());
    let (_, text) = named.ok_or("'target' parameter must be specified")?;
    if text.len() > LONGEST_TARGET {
        return Err(format!("Invalid 'target' parameter: longer than {LONGEST_TARGET} bytes"));
    }
    let asked = Target::parse(&text).map_err(|error| format!("Invalid 'target' parameter, parse err: {error}"))?;
    let target = with_credentials(live, asked);
    // Whether a file is there is nobody's business who can only send requests.
    if matches!(target.address, Address::Unix { .. }) && target.unlisted {
        return Err("a socket must be in --redis.addr or in --scrape.allowed-targets".to_owned());
    }
    Ok(target)
}

/// Credentials go only to the configured target and to what the operator allows; never does a password come from the
/// query. The user may: it chooses between credentials, it does not open anything.
fn with_credentials(live: &Live, asked: Target) -> Target {
    let (user, asked) = (asked.user.clone(), Target { user: None, password: None, ..asked });
    let own = live.config.target.as_ref().filter(|configured| configured.address == asked.address);
    let credentials = match own {
        Some(own) => Credentials { user: own.user.clone(), password: own.password.clone() },
        None if Pattern::any(&live.config.allowed_targets, &asked) => live.config.credentials.clone(),
        None => {
            let withheld = live.config.credentials.password.is_some();
            return Target { withheld, unlisted: true, ..asked };
        }
    };
    // Without a password nobody logs in, and a user would only be another name for the same connections.
    let user = credentials.password.as_ref().and(user.or(credentials.user));
    Target { user, password: credentials.password, ..asked }
}

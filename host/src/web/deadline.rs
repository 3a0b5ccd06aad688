//! When a scrape must be answered.

use std::time::Duration;

use hyper::HeaderMap;
use tokio::time::Instant;

/// What Prometheus says it waits.
const HEADER: &str = "x-prometheus-scrape-timeout-seconds";

/// Kept for the way back, so that the answer arrives before the scraper gives up.
const MARGIN: Duration = Duration::from_millis(500);

/// The longest time-out that is believed.
const LONGEST: Duration = Duration::from_secs(3600);

/// The deadline that a request's headers ask for, or the default. A quarter of a short time-out is margin enough.
///
/// # Errors
/// The header's value, when it is no positive number of seconds.
pub(super) fn deadline(headers: &HeaderMap, default: Duration, now: Instant) -> Result<Instant, String> {
    let timeout = match headers.get(HEADER) {
        None => default,
        Some(value) => seconds(value.to_str().unwrap_or_default())
            .ok_or_else(|| format!("{HEADER}: {value:?} is no positive number of seconds"))?,
    };
    Ok(now + timeout - MARGIN.min(timeout / 4))
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    let timeout = Duration::try_from_secs_f64(seconds).ok()?;
    (!timeout.is_zero()).then(|| timeout.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Option<&'static str>) -> Result<Duration, String> {
        let now = Instant::now();
        let headers = value.map(|value| (HEADER.parse().unwrap(), value.parse().unwrap())).into_iter().collect();
        deadline(&headers, Duration::from_secs(10), now).map(|deadline| deadline - now)
    }

    #[test]
    fn the_margin_is_taken_off() {
        assert_eq!(of(None), Ok(Duration::from_millis(9500)));
        assert_eq!(of(Some("5")), Ok(Duration::from_millis(4500)));
        assert_eq!(of(Some("0.4")), Ok(Duration::from_millis(300)));
    }

    #[test]
    fn nonsense_is_refused() {
        for value in ["", "soon", "-1", "0", "NaN", "inf"] {
            assert!(of(Some(value)).is_err(), "{value:?}");
        }
    }
}

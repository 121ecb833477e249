//! Lists of more than one page: read to their end, or not at all.

use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::client::{Call, Caller, Client};
use super::redaction::quote;
use super::usage::Api;
use crate::forge::{ForgeError, RepositoryId};

/// A list longer than this many pages is not believed to end.
const MOST_PAGES: usize = 2_000;

/// What to do after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Read on.
    On,
    /// What was looked for has been found.
    Enough,
}

impl Client {
    /// Reads all pages of a list that stands below a repository.
    pub async fn list_in_repository<T: DeserializeOwned>(
        &self,
        id: RepositoryId,
        below: &str,
        mut page: impl FnMut(T) -> Next + Send,
    ) -> Result<(), ForgeError> {
        let first = self.in_repository(id, http::Method::GET, below, None).await?;
        self.follow(Caller::Installation(id.installation), first, &mut page).await
    }

    /// Reads all pages of a list of the REST API.
    pub async fn list<T: DeserializeOwned>(
        &self,
        caller: Caller,
        path: &str,
        mut page: impl FnMut(T) -> Next + Send,
    ) -> Result<(), ForgeError> {
        let first = self.get(caller, path).await?;
        self.follow(caller, first, &mut page).await
    }

    async fn follow<T: DeserializeOwned>(
        &self,
        caller: Caller,
        mut answer: Answer,
        page: &mut (impl FnMut(T) -> Next + Send),
    ) -> Result<(), ForgeError> {
        for _ in 0..MOST_PAGES {
            if page(answer.read()?) == Next::Enough {
                return Ok(());
            }
            let Some(next) = next_page(&answer)? else { return Ok(()) };
            let url = self.own_address(&next)?;
            answer = self.call(caller, &Call { api: Api::Rest, method: http::Method::GET, url, body: None }).await?;
        }
        Err(ForgeError::Unreadable(format!("a list has more than {MOST_PAGES} pages")))
    }

    /// Returns a next page's address at the host that is asked anyway: where the link leads to does not
    /// matter, so no token goes anywhere else, and an address behind a proxy works too.
    fn own_address(&self, next: &str) -> Result<String, ForgeError> {
        let unreadable = || ForgeError::Unreadable(format!("the next page's address is {}", quote(next)));
        let rest = &self.transport().hosts.rest;
        let own = reqwest::Url::parse(rest).map_err(|_| unreadable())?;
        let next = own.join(next).map_err(|_| unreadable())?;
        let prefix = own.path().trim_end_matches('/');
        let path = next.path();
        let below = path.strip_prefix(prefix).filter(|below| below.starts_with('/')).unwrap_or(path);
        let query = next.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(format!("{rest}{below}{query}"))
    }
}

/// Returns where the next page is (RFC 8288, `rel="next"`). A header that cannot be read is an error:
/// taken for "no more" it would cut the list off.
fn next_page(answer: &Answer) -> Result<Option<String>, ForgeError> {
    let unreadable = || ForgeError::Unreadable("the header Link cannot be read".to_owned());
    for value in answer.headers.get_all("link") {
        let text = value.to_str().map_err(|_| unreadable())?;
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (address, after) =
                rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).ok_or_else(unreadable)?;
            let (parameters, after) = after.split_once(",").unwrap_or((after, ""));
            let is_next = parameters.split(';').filter_map(|part| part.trim().strip_prefix("rel=")).any(|rel| {
                rel.trim_matches('"').split_ascii_whitespace().any(|name| name.eq_ignore_ascii_case("next"))
            });
            if is_next {
                return Ok(Some(address.to_owned()));
            }
            rest = after.trim_start();
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(link: &str) -> Result<Option<String>, ForgeError> {
        let headers = [(http::header::LINK, link.parse().unwrap())].into_iter().collect();
        next_page(&Answer { status: 200, headers, body: Vec::new() })
    }

    #[test]
    fn the_next_page_is_found_wherever_it_stands() {
        let two =
            r#"<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?a=1,2&page=3>; rel="next""#;
        assert_eq!(next(two), Ok(Some("https://api.github.com/x?a=1,2&page=3".to_owned())));
        assert_eq!(next("</x>; title=a; rel=next"), Ok(Some("/x".to_owned())));
        assert_eq!(next(r#"<https://api.github.com/x?page=9>; rel="last""#), Ok(None));
        assert!(next("garbage").is_err() && next("<open").is_err());
    }
}

//! The picture of a page of a document, with what a search found marked on it.

use super::App;
use super::items::item_id;
use super::parameters::{Parameters, number};
use crate::Error;
use crate::auth::InRecord;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ingest::PageView;
use record::Rect;
use std::collections::HashMap;
use std::sync::Arc;

/// Longest side of a picture, pixels: what is given without asking, and what may be asked for.
const SIDE: u16 = 1_500;
const SIDES: std::ops::RangeInclusive<u16> = 100..=3_000;
/// Marked places of one picture.
const HIGHLIGHTS: usize = 64;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/v1/records/{record}/items/{type}/{id}/pages/{page}", get(page))
}

/// `…/pages/2.png?highlight=0.1,0.2,0.3,0.22&highlight=…&size=1200`.
async fn page(
    State(app): State<Arc<App>>,
    caller: InRecord,
    Path(path): Path<HashMap<String, String>>,
    parameters: Parameters,
) -> Result<Response, Error> {
    let name = path.get("page").map_or("", String::as_str);
    let page = name.strip_suffix(".png").and_then(|n| n.parse().ok()).ok_or(Error::NotFound)?;
    let mut view = PageView { longest_side: SIDE, highlights: Vec::new() };
    parameters.each(|name, value| {
        match name {
            "highlight" => view.highlights.push(area(&value)?),
            "size" => view.longest_side = side(&value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if view.highlights.len() > HIGHLIGHTS {
        return Err(Error::Request(format!("more than {HIGHLIGHTS} highlights")));
    }
    let picture =
        app.service.page_picture(&caller.record, &caller.actor, &item_id(&path)?, page, &view).await?;
    let headers = [
        (CONTENT_TYPE, "image/png"),
        // a shared cache must not keep it, and no cache longer than the right to see it
        (CACHE_CONTROL, "private, no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, picture.to_vec()).into_response())
}

fn side(value: &str) -> Result<u16, Error> {
    let side = u16::try_from(number("size", value)?).ok().filter(|side| SIDES.contains(side));
    side.ok_or_else(|| Error::Request(format!("size is not between {} and {}", SIDES.start(), SIDES.end())))
}

/// `x0,y0,x1,y1`, as the boxes of a snippet are written.
fn area(value: &str) -> Result<Rect, Error> {
    let numbers: Option<Vec<f32>> = value.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[x0, y0, x1, y1]) if [x0, y0, x1, y1].iter().all(|n| (0.0..=1.0).contains(n)) => {
            Ok(Rect { x0, y0, x1, y1 })
        }
        _ => Err(Error::Request("a highlight is not four fractions of the page: x0,y0,x1,y1".to_owned())),
    }
}

//! Curves as SVG: what is found against what is flagged, and whether p-values are what they say.

use plotters::prelude::*;
use plotters::style::FontFamily;

use crate::evaluate::Options;
use crate::labels::{Kind, Labels};
use crate::metrics::{Item, precision_recall_curve, roc_curve};
use crate::predictions::Predictions;
use crate::sample::{Predictor, Sample, predictors};
use crate::{Error, Result, controls, detection};

/// Width and height in pixels.
const SIZE: (u32, u32) = (640, 520);

/// Colours that people with any colour vision tell apart, one a predictor, in turn: Okabe and Ito, 2008.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(80, 80, 80),
];

/// A picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What it shows, fit for a file: `dev.spliced.loop.claude_code.roc`.
    pub name: String,
    /// The picture.
    pub svg: String,
}

/// A curve in the unit square, with the name of its predictor.
type Curve = (String, Vec<(f64, f64)>);

/// What a picture shows.
struct Picture {
    name: String,
    x: &'static str,
    y: &'static str,
    /// Whether the diagonal is drawn: chance, or what p-values should be.
    diagonal: bool,
    curves: Vec<Curve>,
}

/// Draws the ROC and the precision-recall curve of every target and group, those of the cases, and the reliability of the
/// p-values on honest work. The same input gives the same bytes.
///
/// # Errors
///
/// [`Error::Plot`] when a picture cannot be drawn.
pub fn plots(labels: &Labels, predictions: &[(String, Predictions)], options: &Options) -> Result<Vec<Plot>> {
    let predictors = predictors(predictions);
    let mut pictures: Vec<Picture> = Vec::new();
    for (name, scored) in ranked(labels, &predictors, options) {
        pictures.extend(curves(&name, &scored));
    }
    pictures.extend(reliability(labels, &predictors));
    pictures.iter().filter(|picture| !picture.curves.is_empty()).map(draw).collect()
}

/// Items as each predictor scores them.
type Scored<'a> = Vec<(&'a str, Vec<Item>)>;

/// Everything that is ranked: every group of every target, and the cases.
fn ranked<'a>(
    labels: &'a Labels,
    predictors: &[(&'a str, Predictor<'_>)],
    options: &Options,
) -> Vec<(String, Scored<'a>)> {
    let mut found: Vec<(String, Scored<'_>)> = Vec::new();
    let targets = labels.iter().filter(|(target, _)| target.kind != Kind::Control && options.wants(target));
    for (target, labels) in targets {
        for &(predictor, scores) in predictors {
            for (group, sample) in Sample::collect(target, labels, scores).by_group() {
                let name = format!("{target}.{group}");
                place(&mut found, name, predictor, sample.items);
            }
        }
    }
    for &(predictor, scores) in predictors {
        place(&mut found, "patterns".to_owned(), predictor, detection::items(labels.cases(), scores));
    }
    found
}

fn place<'a>(found: &mut Vec<(String, Scored<'a>)>, name: String, predictor: &'a str, items: Vec<Item>) {
    if !items.iter().any(|item| item.score.is_finite()) {
        return;
    }
    match found.iter_mut().find(|(known, _)| *known == name) {
        Some((_, scored)) => scored.push((predictor, items)),
        None => found.push((name, vec![(predictor, items)])),
    }
}

fn curves(name: &str, scored: &Scored<'_>) -> [Picture; 2] {
    let of = |curve: fn(&[Item]) -> Vec<(f64, f64)>| {
        let curves = scored.iter().map(|(predictor, items)| ((*predictor).to_owned(), curve(items)));
        curves.filter(|(_, points)| !points.is_empty()).collect()
    };
    let (x, y) = ("flagged of the negatives", "found of the positives");
    let roc = Picture { name: format!("{name}.roc"), x, y, diagonal: true, curves: of(roc_curve) };
    let curves = of(precision_recall_curve);
    let pr = Picture { name: format!("{name}.pr"), x: y, y: "precision", diagonal: false, curves };
    [roc, pr]
}

/// Share of the p-values at or below each level, on controls and honest cases.
fn reliability(labels: &Labels, predictors: &[(&str, Predictor<'_>)]) -> Option<Picture> {
    let curves: Vec<Curve> = predictors
        .iter()
        .filter_map(|&(name, predictor)| {
            let mut p_values = controls::all_p_values(labels, predictor);
            p_values.extend(detection::honest_p_values(labels.cases(), predictor));
            (!p_values.is_empty()).then(|| (name.to_owned(), shares(p_values)))
        })
        .collect();
    let (x, y) = ("level", "honest sessions with a p-value of at most that");
    Some(Picture { name: "reliability".to_owned(), x, y, diagonal: true, curves })
}

fn shares(mut p_values: Vec<f64>) -> Vec<(f64, f64)> {
    p_values.sort_by(f64::total_cmp);
    let count = p_values.len() as f64;
    let steps = p_values.iter().enumerate().map(|(place, &p)| (p, (place + 1) as f64 / count));
    std::iter::once((0.0, 0.0)).chain(steps).chain([(1.0, 1.0)]).collect()
}

fn draw(picture: &Picture) -> Result<Plot> {
    let mut svg = String::new();
    paint(picture, &mut svg)
        .map_err(|error| Error::Plot { name: picture.name.clone(), reason: error.to_string() })?;
    Ok(Plot { name: file_name(&picture.name), svg })
}

/// Ids of groups may hold what file names must not.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}

type Painted = std::result::Result<(), Box<dyn std::error::Error>>;

fn paint(picture: &Picture, svg: &mut String) -> Painted {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(&picture.name, (FontFamily::SansSerif, 16))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().x_desc(picture.x).y_desc(picture.y).light_line_style(WHITE).draw()?;
    if picture.diagonal {
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], BLACK.mix(0.3)))?;
    }
    for ((name, points), colour) in picture.curves.iter().zip(COLOURS.iter().cycle()) {
        let series = chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        series.label(name.as_str()).legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], *colour));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read_labels, read_predictions};

    fn drawn() -> Vec<Plot> {
        let label = |id: &str, label: u8| {
            format!(
                r#"{{"session_id":"{id}","split":"dev","corpus":"c","group":"a/b","target":"loop","kind":"session","length":4,"label":{label}}}"#
            ) + "\n"
        };
        let control = r#"{"session_id":"b","split":"dev","corpus":"c","group":"g","target":"quiet","kind":"control","length":4}"#;
        let labels = read_labels((label("a", 1) + &label("b", 0) + control).as_bytes()).unwrap();
        let said = "{\"session_id\":\"a\",\"loop_score\":0.9}\n{\"session_id\":\"b\",\"loop_score\":0.1,\"p_value\":0.4}\n";
        let predictions = [("mine".to_owned(), read_predictions(said.as_bytes()).unwrap())];
        plots(&labels, &predictions, &Options::default()).unwrap()
    }

    #[test]
    fn every_group_has_two_curves_and_p_values_one() {
        let plots = drawn();
        let names: Vec<_> = plots.iter().map(|plot| plot.name.as_str()).collect();
        assert_eq!(names, ["dev.c.loop.a_b.roc", "dev.c.loop.a_b.pr", "reliability"]);
        assert!(plots.iter().all(|plot| plot.svg.starts_with("<svg") && plot.svg.contains("mine")));
        assert_eq!(plots, drawn());
    }

    #[test]
    fn reliability_climbs_by_one_session_a_step() {
        assert_eq!(shares(vec![0.5, 0.2]), [(0.0, 0.0), (0.2, 0.5), (0.5, 1.0), (1.0, 1.0)]);
    }
}

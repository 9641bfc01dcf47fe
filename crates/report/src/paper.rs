//! A paper for people, written once and shown as Markdown or as HTML.
//!
//! Everything in a paper is text of somebody else's making. It is escaped here,
//! in one place for each form, and nowhere else.

use std::fmt::Write as _;

/// The language of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Language {
    /// Japanese.
    #[serde(rename = "ja")]
    Japanese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The language of a code, `ja` or `en`.
    pub fn of(code: &str) -> Option<Language> {
        match code {
            "ja" => Some(Language::Japanese),
            "en" => Some(Language::English),
            _ => None,
        }
    }

    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Language::Japanese => "ja",
            Language::English => "en",
        }
    }

    /// Whichever of two texts is in this language.
    pub(crate) fn pick<T>(self, japanese: T, english: T) -> T {
        match self {
            Language::Japanese => japanese,
            Language::English => english,
        }
    }
}

/// A part of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A heading under the title.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A table with a heading; the columns named last are numbers.
    Table { head: Vec<String>, rows: Vec<Vec<String>> },
    /// Lines that are to stay as they are.
    Lines(String),
    /// A document that proves itself, for programs to take out again.
    Document(String),
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paper {
    language: Language,
    title: String,
    parts: Vec<Part>,
}

impl Paper {
    /// A paper with a title and nothing else.
    pub(crate) fn new(language: Language, title: &str) -> Paper {
        Paper { language, title: title.to_owned(), parts: Vec::new() }
    }

    /// Adds a heading.
    pub(crate) fn heading(&mut self, japanese: &str, english: &str) {
        self.parts.push(Part::Heading(self.language.pick(japanese, english).to_owned()));
    }

    /// Adds a paragraph.
    pub(crate) fn text(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Text(text.into()));
    }

    /// Adds a table, or "none" where it has no row.
    pub(crate) fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            self.text(self.language.pick("なし", "None"));
        } else {
            let head = head.iter().map(|&cell| cell.to_owned()).collect();
            self.parts.push(Part::Table { head, rows });
        }
    }

    /// Adds lines that are to stay as they are.
    pub(crate) fn lines(&mut self, lines: &str) {
        self.parts.push(Part::Lines(lines.to_owned()));
    }

    /// Adds the document that programs check (`docs/spec/documents.md`).
    pub(crate) fn document(&mut self, json: String) {
        self.heading("検証用の電子データ", "Data to check this with");
        self.parts.push(Part::Document(json));
    }

    /// The paper as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut out = format!("# {}\n", markdown_escaped(&self.title));
        for part in &self.parts {
            out.push('\n');
            match part {
                Part::Heading(text) => line(&mut out, &["## ", &markdown_escaped(text)]),
                Part::Text(text) => line(&mut out, &[&markdown_paragraph(text)]),
                Part::Table { head, rows } => {
                    markdown_row(&mut out, head);
                    line(&mut out, &["|", &" --- |".repeat(head.len())]);
                    rows.iter().for_each(|row| markdown_row(&mut out, row));
                }
                Part::Lines(lines) | Part::Document(lines) => {
                    let fence = fence(lines);
                    line(&mut out, &[&fence, "text"]);
                    line(&mut out, &[lines.trim_end_matches('\n')]);
                    line(&mut out, &[&fence]);
                }
            }
        }
        out
    }

    /// The paper as one HTML file: no script, nothing fetched, fit to be printed.
    pub(crate) fn html(&self) -> String {
        let title = html_escaped(&self.title);
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
             http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
             'unsafe-inline'\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
             <body>\n<h1>{title}</h1>\n",
            self.language.code(),
        );
        for part in &self.parts {
            match part {
                Part::Heading(text) => line(&mut out, &["<h2>", &html_escaped(text), "</h2>"]),
                Part::Text(text) => line(&mut out, &["<p>", &html_escaped(text), "</p>"]),
                Part::Table { head, rows } => html_table(&mut out, head, rows),
                Part::Lines(lines) => line(&mut out, &["<pre>", &html_escaped(lines), "</pre>"]),
                Part::Document(json) => {
                    let json = html_escaped(json);
                    line(&mut out, &["<pre id=\"jcm-document\">", &json, "</pre>"]);
                }
            }
        }
        out.push_str("</body>\n</html>\n");
        out
    }
}

const STYLE: &str = "\
body { font-family: serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #000; }
h1 { font-size: 1.6rem; border-bottom: 2px solid #000; }
h2 { font-size: 1.1rem; margin-top: 1.6rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #555; padding: 0.2rem 0.5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
pre { border: 1px solid #555; padding: 0.5rem; white-space: pre-wrap; overflow-wrap: anywhere;
  font-size: 0.8rem; }
@page { size: A4; margin: 18mm; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } thead { display: table-header-group; } }
";

fn line(out: &mut String, pieces: &[&str]) {
    out.extend(pieces.iter().copied());
    out.push('\n');
}

fn markdown_row(out: &mut String, cells: &[String]) {
    out.push('|');
    for cell in cells {
        // Writing to a string does not fail.
        let _written = write!(out, " {} |", markdown_escaped(cell));
    }
    out.push('\n');
}

fn html_table(out: &mut String, head: &[String], rows: &[Vec<String>]) {
    let cells = |tag: &str, cells: &[String]| -> String {
        cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", html_escaped(cell))).collect()
    };
    line(out, &["<table>\n<thead><tr>", &cells("th", head), "</tr></thead>\n<tbody>"]);
    for row in rows {
        line(out, &["<tr>", &cells("td", row), "</tr>"]);
    }
    line(out, &["</tbody>\n</table>"]);
}

/// A fence longer than any run of backticks in the lines, so that none ends it.
fn fence(lines: &str) -> String {
    let longest = lines.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.saturating_add(1).max(3))
}

/// Text that Markdown shows and does not interpret, on one line.
fn markdown_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A bare address would become a link.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

/// As above, for a paragraph: what stands first must not make it a heading, a
/// list or a line under the one before.
fn markdown_paragraph(text: &str) -> String {
    let escaped = markdown_escaped(text);
    let digits = escaped.len() - escaped.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = escaped.split_at(digits);
    let marks: &[char] = if number.is_empty() { &['#', '-', '+', '='] } else { &['.', ')'] };
    let guard = if rest.starts_with(marks) { "\\" } else { "" };
    format!("{number}{guard}{rest}")
}

/// Text that HTML shows and does not interpret, also in an attribute.
fn html_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Paper {
        let mut paper = Paper::new(Language::English, "<b>A</b> & *B*");
        paper.heading("甲", "# \"heading\"");
        paper.text("- [x](https://example.com) | a_b <script>alert('1')</script>");
        paper.text("12. not a list");
        paper.table(&["a|b"], vec![vec!["=1|2\n<i>".to_owned()]]);
        paper.table(&["c"], Vec::new());
        paper.lines("a\n``` b\n</pre>\n");
        paper
    }

    #[test]
    fn markdown_shows_what_was_written_and_interprets_nothing() {
        assert_eq!(
            hostile().markdown(),
            "# &lt;b&gt;A&lt;/b&gt; &amp; \\*B\\*\n\n## # \"heading\"\n\n\\- \\[x\\](https&#58;//example.com) \
             \\| a\\_b &lt;script&gt;alert('1')&lt;/script&gt;\n\n12\\. not a list\n\n| a\\|b |\n| --- \
             |\n| =1\\|2 &lt;i&gt; |\n\nNone\n\n````text\na\n``` b\n</pre>\n````\n"
        );
    }

    #[test]
    fn html_shows_what_was_written_and_runs_and_fetches_nothing() {
        let html = hostile().html();
        assert!(html.contains("<title>&lt;b&gt;A&lt;/b&gt; &amp; *B*</title>"));
        assert!(html.contains("<h2># &quot;heading&quot;</h2>"));
        assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
        assert!(html.contains("<pre>a\n``` b\n&lt;/pre&gt;\n</pre>"));
        for active in ["<script", "<link", "<img", "href=", "src=", "url(", "@import"] {
            assert!(!html.contains(active), "{active}");
        }
        assert!(html.contains("default-src 'none'") && html.contains("lang=\"en\""));
    }
}

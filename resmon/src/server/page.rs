//! The page: one document with everything in it, which then listens to the program.

/// uPlot's style and the page's own, in the one place that the policy names.
macro_rules! style {
    () => {
        concat!(include_str!("page/uplot.css"), include_str!("page/style.css"))
    };
}

/// uPlot 1.6 (MIT, see `page/LICENSE-uplot`) and the page's own script.
macro_rules! script {
    () => {
        concat!(include_str!("page/uplot.js"), include_str!("page/app.js"))
    };
}

/// The document. Nothing in it is of this program or of this moment.
pub(super) const PAGE: &str = concat!(
    include_str!("page/index.html"),
    "<style>",
    style!(),
    "</style>",
    include_str!("page/body.html"),
    "<script>",
    script!(),
    "</script></body></html>\n"
);

/// What a browser may do with the page: run that script, show it in that style, ask this very
/// server, and make text from text alone.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-WQ5w7+CkBim05d3/bncrQ71V7n0A4gXacaBmNgGi1C4='; \
    script-src 'sha256-vuXVYO828Yv2VnkGDWD9/Qs5LA11j4X6p2S+wSNOrrk='; \
    connect-src 'self'; img-src data:; \
    require-trusted-types-for 'script'; trusted-types 'none'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_names_the_hashes_of_style_and_script() {
        for part in [style!(), script!()] {
            let hash = STANDARD.encode(Sha256::digest(part));
            let named = format!("'sha256-{hash}'");
            assert!(CONTENT_SECURITY_POLICY.contains(&named), "it changed: put {named} in");
            assert!(!part.contains('\r'), "a checkout with other line ends would change the hash");
            assert!(!part.contains("</s"), "it would end before its end");
        }
    }

    #[test]
    fn the_page_is_small_and_asks_nobody_else() {
        assert!(PAGE.len() <= 80_000, "{}", PAGE.len());
        for scheme in ["http://", "//cdn", "url("] {
            assert!(!PAGE.contains(scheme), "{scheme}");
        }
        // The only one is uPlot's own address, in its notice.
        assert_eq!(PAGE.matches("https://").count(), 1);
        assert!(PAGE.contains("uPlot (v1.6.32) */"));
    }
}

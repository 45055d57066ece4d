//! The page: one document with everything in it, which then listens to the program.

/// uPlot's style and the page's own, in the one place that the policy names.
macro_rules! style {
    () => {
        concat!(include_str!("page/uplot.css"), include_str!("page/style.css"))
    };
}

/// The parts in `page/app` and uPlot 1.6 (MIT, see `page/LICENSE-uplot`), joined by `.ci/page`.
macro_rules! script {
    () => {
        include_str!("page/page.js")
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
    style-src 'sha256-yt7vs/mg/mPkIZXL1jWUDac83UfRBK7jSNAaXeUTwxI='; \
    script-src 'sha256-Eu59MsNcqE08GEnMqap/Tp2e2oVEp0HeFVrpvfXadto='; \
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
        for scheme in ["//cdn", "url("] {
            assert!(!PAGE.contains(scheme), "{scheme}");
        }
        // A name, which nobody asks for.
        let names = PAGE.matches("\"http://www.w3.org/2000/svg\"").count();
        assert_eq!(PAGE.matches("http://").count(), names);
        // The only one is uPlot's own address, in its notice.
        assert_eq!(PAGE.matches("https://").count(), 1);
        assert!(PAGE.contains("uPlot (v1.6.32), https://"));
    }
}

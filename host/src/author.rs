//! What an author does with a plugin's project before there is a component: begin it, build it, test it.
//!
//! A project is a folder with `plugin.toml`. The languages' own toolchains do the work: redwasp knows how to call them, says
//! what is missing, and makes components of core modules itself.

mod build;
mod encode;
mod language;
mod new;
mod program;
mod project;
mod sdk;
mod step;

pub use build::{build, test};
pub use language::Language;
pub use new::{NewProject, new};
pub use project::Project;
pub use step::Failed;

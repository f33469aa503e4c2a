//! Where the requests are sent to: a codex that reaches nothing but this test.

use std::path::PathBuf;

use codex_app_server::Codex;
use codex_app_server_testkit::{Answer, CodexHome, MockModel};
use tempfile::TempDir;

use support::{offline, soon};

use super::mcp;

pub(crate) struct World {
    pub(crate) model: MockModel,
    pub(crate) codex: Codex,
    folder: TempDir,
    _home: CodexHome,
    _mcp: mcp::Server,
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let model = MockModel::start().await.unwrap();
        model.respond_with(|_| Answer::text("Hello."));
        let mcp = mcp::Server::start().await;
        let home = model
            .codex_home()
            .unwrap()
            .config(&format!(
                "features.step_model_switching = true\nmcp_servers.local.url = \"{}\"",
                mcp.url()
            ))
            .unwrap();
        let config = offline(&home)
            .cwd(folder.path())
            .env("HOME", folder.path())
            // Credentials that are none, in place of what the environment may have.
            .env("AWS_ACCESS_KEY_ID", "none")
            .env("AWS_SECRET_ACCESS_KEY", "none");
        let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
        let world = Self { model, codex, folder, _home: home, _mcp: mcp };
        world.write("a.txt", "hello");
        world.write("market/.agents/plugins/marketplace.json", MARKETPLACE);
        world.write("market/plugins/tool/.codex-plugin/plugin.json", PLUGIN);
        world
    }

    /// A path in the working directory, which is also the user's home.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        let path = PathBuf::from(self.path(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

const MARKETPLACE: &str = r#"{"name": "local", "plugins": [
    {"name": "tool", "source": {"source": "local", "path": "./plugins/tool"}, "category": "Productivity",
     "policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"}}
]}"#;

const PLUGIN: &str = r#"{"name": "tool", "version": "1.0.0", "description": "A tool."}"#;

//! The text files of the repository, in memory, so that a rule can be tried on a tree of three lines.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Folders that hold nothing of ours, wherever they are.
const SKIPPED: [&str; 6] = [".git", "node_modules", "dist", ".svelte-kit", "test-results", "playwright-report"];
/// The same, in the root only.
const SKIPPED_IN_ROOT: [&str; 2] = ["target", "data"];

/// Text by path from the root, with `/` between folders. A binary file has no text but is there.
#[derive(Default)]
pub struct Tree(BTreeMap<String, Option<String>>);

impl Tree {
    /// Reads everything below `root`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let mut tree = Tree::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// A tree made of these files.
    pub fn of(files: &[(&str, &str)]) -> Tree {
        Tree(files.iter().map(|(path, text)| (path.to_string(), Some(text.to_string()))).collect())
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.as_deref()
    }

    /// Whether there is such a file, or a folder with files in it.
    pub fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        path.is_empty()
            || self.0.contains_key(path)
            || self.0.range(folder.clone()..).next().is_some_and(|(file, _)| file.starts_with(&folder))
    }

    /// The text files whose path begins and ends so.
    pub fn texts<'a>(&'a self, begin: &'a str, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let wanted = move |path: &str| path.starts_with(begin) && path.ends_with(end);
        self.0
            .iter()
            .filter(move |(path, _)| wanted(path))
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The names of the files and folders directly in a folder.
    pub fn names(&self, folder: &str) -> Vec<&str> {
        let below = self.0.keys().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        let mut names: Vec<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
        names.dedup();
        names
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            let kind = entry.file_type()?;
            let skipped = SKIPPED.contains(&name.as_str()) || SKIPPED_IN_ROOT.contains(&path.as_str());
            if kind.is_dir() && !skipped {
                self.read_folder(&entry.path(), &path)?;
            } else if kind.is_file() {
                self.0.insert(path, String::from_utf8(fs::read(entry.path())?).ok());
            }
        }
        Ok(())
    }
}

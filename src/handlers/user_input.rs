//! Questions to the user: a choice, or free text.

use super::kinds::UserInputRequest;
use crate::{
    error::{Error, Result},
    generated::v2_all::{
        ToolRequestUserInputAnswer, ToolRequestUserInputQuestion, ToolRequestUserInputResponse,
    },
    reply::Reply,
};

/// Questions to the user (`questions`), most often one. What is not answered stays open.
impl UserInputRequest {
    /// Answers the only question, by the label of one of its options, or with free text where that
    /// is allowed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if there are more questions, or this is no answer to it.
    pub fn answer(&self, answer: impl Into<String>) -> Result<Reply> {
        match self.questions.as_slice() {
            [question] => self.answers([(question.id.as_str(), answer)]),
            questions => Err(Error::invalid(
                "answer",
                format!("there are {} questions; answer them by their ids", questions.len()),
            )),
        }
    }

    /// Answers questions by their ids, each as in [`answer`](Self::answer). A question that takes
    /// more than one answer is named more than once.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if there is no such question, or that is no answer to it.
    pub fn answers<K, V>(&self, answers: impl IntoIterator<Item = (K, V)>) -> Result<Reply>
    where
        K: AsRef<str>,
        V: Into<String>,
    {
        let mut given = std::collections::BTreeMap::new();
        for (id, answer) in answers {
            let (id, answer) = (id.as_ref(), answer.into());
            let Some(question) = self.questions.iter().find(|question| question.id == id) else {
                let known: Vec<_> = self.questions.iter().map(|one| one.id.as_str()).collect();
                return Err(Error::invalid(
                    "answer",
                    format!("there is no question {id:?}; there are: {}", known.join(", ")),
                ));
            };
            check(question, &answer)?;
            let empty = || ToolRequestUserInputAnswer::new(Vec::<String>::new());
            given.entry(id.to_owned()).or_insert_with(empty).answers.push(answer);
        }
        Ok(self.reply(ToolRequestUserInputResponse::new(given)))
    }
}

fn check(question: &ToolRequestUserInputQuestion, answer: &str) -> Result<()> {
    let options = question.options.as_deref().unwrap_or_default();
    if question.is_other || options.is_empty() || options.iter().any(|one| one.label == answer) {
        return Ok(());
    }
    let labels: Vec<_> = options.iter().map(|option| option.label.as_str()).collect();
    // It may be a secret, and is not repeated.
    Err(Error::invalid(
        "answer",
        format!("it is none of the options of {:?}: {}", question.id, labels.join(", ")),
    ))
}

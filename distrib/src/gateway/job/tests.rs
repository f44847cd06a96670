//! What an edge that comes back is told, and when its job begins anew.

use super::book::{Book, Course};
use crate::hub::{Event, NodeId, Resumed, Submission, Told};
use crate::resources::Resources;
use crate::wire::Blob;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

fn blob(text: &str) -> Arc<Blob> {
    Arc::new(Blob { bytes: text.as_bytes().to_vec(), ..Blob::default() })
}

fn unit(unit: u64, text: &str) -> Event {
    Event::Submit(Submission {
        unit,
        blob: blob(text),
        inputs: Vec::new(),
        keys: vec![unit * 10],
        priority: 0,
        is_urgent: true,
        resources: Resources::default(),
        resumed: Resumed::default(),
    })
}

fn printed(unit: u64, text: &str) -> Told {
    Told::Printed(unit, vec![(text.to_owned(), false)])
}

/// An edge comes.
fn edge(book: &mut Book) -> Receiver<Told> {
    let (tell, told) = channel();
    assert!(book.attach("test", tell));
    told
}

/// What an edge has been told, in short.
fn heard(told: &Receiver<Told>) -> Vec<String> {
    let short = |told| match told {
        Told::Started(unit, node) => format!("{unit} on {}", node.0),
        Told::Printed(unit, text) => format!("{unit} prints {}", text[0].0),
        Told::Ended(unit, ..) => format!("{unit} ends"),
        Told::Failed(unit, why) => format!("{unit} fails: {why}"),
        Told::Answer(key, value) => format!("{key} is {}", value.map_or(0, |v| v.bytes.len())),
        Told::Gone(key, why) => format!("{key} is gone: {why}"),
        Told::Working(work) => format!("{} works", work.unit),
    };
    told.try_iter().map(short).collect()
}

fn goes_on(book: &mut Book, event: Event) -> Option<Event> {
    match book.take(event) {
        Course::On(event) => Some(event),
        Course::Settled => None,
        Course::Another => unreachable!("the same is said again"),
    }
}

/// A job whose edge has sent two units, of which the first has ended, and is lost.
fn lost() -> Book {
    let mut book = Book::new();
    let told = edge(&mut book);
    goes_on(&mut book, unit(1, "a"));
    goes_on(&mut book, unit(2, "b"));
    for what in [Told::Started(1, NodeId(1)), printed(1, "x"), Told::Ended(1, vec![None], None)] {
        book.hear(what);
    }
    goes_on(&mut book, Event::Ask(10));
    book.hear(Told::Answer(10, Ok(blob("value"))));
    book.hear(printed(2, "y"));
    let all = ["1 on 1", "1 prints x", "1 ends", "10 is 5", "2 prints y"];
    assert_eq!(heard(&told), all);
    assert!(book.idle_since().is_none() && book.lose_edge() && book.idle_since().is_none());
    book
}

#[test]
fn the_same_edge_is_told_what_was_done_and_then_what_comes() {
    let mut book = lost();
    // Nobody is there, and it goes on.
    book.hear(printed(2, "z"));
    let told = edge(&mut book);
    assert_eq!(heard(&told), [""; 0]);
    let Some(Event::Submit(given)) = goes_on(&mut book, unit(1, "a")) else {
        unreachable!("the hub is told")
    };
    assert_eq!(given.resumed, Resumed { n_printed: 1, has_ended: true });
    assert_eq!(heard(&told), ["1 on 1", "1 prints x", "1 ends"]);
    assert!(goes_on(&mut book, Event::Ask(10)).is_none());
    assert_eq!(heard(&told), ["10 is 5"]);
    // What is not asked for yet is not told.
    book.hear(printed(2, "w"));
    assert_eq!(heard(&told), [""; 0]);
    goes_on(&mut book, unit(2, "b"));
    book.hear(Told::Ended(2, vec![None], None));
    goes_on(&mut book, unit(3, "c"));
    assert_eq!(heard(&told), ["2 prints y", "2 prints z", "2 prints w", "2 ends"]);
    assert_eq!(book.count(), (2, 1));
}

#[test]
fn who_has_heard_some_of_it_hears_the_rest() {
    let mut book = lost();
    let told = edge(&mut book);
    let heard_before = |event, resumed| match event {
        Event::Submit(given) => Event::Submit(Submission { resumed, ..given }),
        other => other,
    };
    let all = Resumed { n_printed: 1, has_ended: true };
    goes_on(&mut book, heard_before(unit(1, "a"), all));
    goes_on(&mut book, heard_before(unit(2, "b"), Resumed { n_printed: 1, has_ended: false }));
    book.hear(printed(2, "z"));
    assert_eq!(heard(&told), ["2 prints z"]);
    // What this gateway has not seen nobody can be told again.
    goes_on(&mut book, heard_before(unit(3, "c"), all));
    assert!(book.lose_edge());
    edge(&mut book);
    assert!(matches!(book.take(unit(3, "c")), Course::Another));
}

#[test]
fn another_edge_begins_anew() {
    let mut book = lost();
    edge(&mut book);
    assert!(matches!(book.take(unit(2, "other")), Course::Another));
    let mut book = lost();
    goes_on(&mut book, Event::Put(7, blob("p")));
    goes_on(&mut book, Event::Put(7, blob("p")));
    assert!(matches!(book.take(Event::Put(7, blob("q"))), Course::Another));
}

#[test]
fn what_was_given_up_runs_again() {
    let mut book = lost();
    goes_on(&mut book, Event::Cancel(2));
    assert!(book.idle_since().is_some());
    let told = edge(&mut book);
    let Some(Event::Submit(given)) = goes_on(&mut book, unit(2, "b")) else {
        unreachable!("the hub is told")
    };
    assert_eq!(given.resumed, Resumed::default());
    book.hear(printed(2, "y"));
    assert_eq!(heard(&told), ["2 prints y"]);
    assert_eq!(book.count(), (1, 1));
}

#[test]
fn a_job_that_is_ended_says_so() {
    let mut book = lost();
    let told = edge(&mut book);
    goes_on(&mut book, unit(1, "a"));
    goes_on(&mut book, unit(2, "b"));
    goes_on(&mut book, Event::Ask(20));
    heard(&told);
    book.cancel();
    assert!(goes_on(&mut book, unit(4, "d")).is_none() && goes_on(&mut book, Event::Ask(40)).is_none());
    let why = "the job was ended by `afar jobs cancel`";
    let all = [
        format!("2 fails: {why}"),
        format!("20 is gone: {why}"),
        format!("4 fails: {why}"),
        format!("40 is gone: {why}"),
    ];
    assert_eq!(heard(&told), all);
    assert!(!book.lose_edge());
}

//! Messages of the sound library on a device's own thread. It would write them to stderr, once for
//! each block that fails.

/// What was said since the last call on this thread, its first line; from the first call on nothing
/// is written to stderr.
#[cfg(target_os = "linux")]
pub(super) fn take() -> Option<String> {
    use std::cell::RefCell;
    use std::rc::Rc;

    thread_local! {
        static HEARD: RefCell<Option<Rc<RefCell<alsa::Output>>>> = const { RefCell::new(None) };
    }
    HEARD.with_borrow_mut(|heard| {
        let said = heard.as_ref().and_then(|heard| {
            heard.borrow().buffer_string(|said| {
                let said = String::from_utf8_lossy(said);
                said.lines().next().map(str::to_owned)
            })
        });
        // The only way to empty the buffer is a new one.
        if heard.is_none() || said.is_some() {
            *heard = alsa::Output::local_error_handler().ok();
        }
        said
    })
}

/// Other systems' sound libraries do not write to stderr.
#[cfg(not(target_os = "linux"))]
pub(super) fn take() -> Option<String> {
    None
}

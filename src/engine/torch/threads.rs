//! Threads that libtorch computes with: as many as this process may use, soon asleep between operations.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod environment {
    //! libgomp's threads spin for milliseconds after each operation, and whoever else needs their processor
    //! then waits; beside another program at work a pass takes five times as long. Asleep at once they are slow
    //! to wake, and the next operation is often microseconds away. `GOMP_SPINCOUNT` sets the time between, and
    //! is read while the program is loaded, before `main`. So it is put into the environment earlier still:
    //! functions in `.preinit_array` run before those of any
    //! library (System V ABI, Dynamic Linking, Initialization and Termination Functions). There libc is not
    //! ready to grow the environment, so one variable that no library reads gives up its place, and has it
    //! back before `main`.

    use std::ffi::{CStr, c_char, c_int};
    use std::ptr;
    use std::sync::atomic::{AtomicPtr, Ordering};

    /// Some 25 µs: longer than most gaps between two operations of a layer, and too short to be felt.
    const SPIN: &CStr = c"GOMP_SPINCOUNT=1000";
    /// Variables that say how OpenMP's threads wait: somebody has chosen.
    const CHOICES: [&[u8]; 2] = [b"OMP_WAIT_POLICY=", b"GOMP_SPINCOUNT="];
    /// Variables that may be away while libraries are initialised, those that none could read last.
    const MOVABLE: [&[u8]; 9] = [
        b"HOME=",
        b"TERM=",
        b"HOSTNAME=",
        b"USER=",
        b"LOGNAME=",
        b"PWD=",
        b"SHLVL=",
        b"OLDPWD=",
        b"_=",
    ];

    /// The entry that gave up its place.
    static MOVED: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

    #[used]
    #[unsafe(link_section = ".preinit_array")]
    static PUT: unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) = put;
    #[used]
    #[unsafe(link_section = ".init_array")]
    static RESTORE: extern "C" fn() = restore;

    /// # Safety
    /// `environment` is the process's own: pointers to C strings, the last one null.
    unsafe extern "C" fn put(_: c_int, _: *mut *mut c_char, environment: *mut *mut c_char) {
        let begins = |entry: *const c_char, with: &[u8]| {
            // SAFETY: a C string is compared up to the first byte that differs, its end at the latest.
            (with.iter().enumerate())
                .all(|(i, byte)| unsafe { *entry.add(i) }.cast_unsigned() == *byte)
        };
        let mut place: Option<(usize, *mut *mut c_char)> = None;
        let mut at = environment;
        // SAFETY: the array is read up to its null, and one of its pointers is replaced by another C string.
        unsafe {
            while !at.is_null() && !(*at).is_null() {
                if CHOICES.iter().any(|name| begins(*at, name)) {
                    return;
                }
                let rank = MOVABLE.iter().position(|name| begins(*at, name));
                if let Some(rank) = rank
                    && place.is_none_or(|(best, _)| rank > best)
                {
                    place = Some((rank, at));
                }
                at = at.add(1);
            }
            if let Some((_, place)) = place {
                MOVED.store(*place, Ordering::Relaxed);
                *place = SPIN.as_ptr().cast_mut();
            }
        }
    }

    /// The environment as it was: programs started from here shall not inherit the choice.
    extern "C" fn restore() {
        let moved = MOVED.swap(ptr::null_mut(), Ordering::Relaxed);
        if !moved.is_null() {
            // SAFETY: nothing else runs yet, and the entry is one of the process's own environment.
            unsafe {
                libc::unsetenv(c"GOMP_SPINCOUNT".as_ptr());
                libc::putenv(moved);
            }
        }
    }
}

/// Let libtorch compute with as many threads as this process may run at once: a container's share of a
/// machine can be smaller than what its processors allow. `OMP_NUM_THREADS` is respected.
pub fn limit() {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let chosen = std::env::var_os("OMP_NUM_THREADS").is_some();
    if let Ok(allowed) = i32::try_from(allowed)
        && !chosen
        && allowed < tch::get_num_threads()
    {
        tch::set_num_threads(allowed);
    }
}

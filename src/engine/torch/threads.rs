//! libtorch's threads: as many as this process may use, and soon asleep between operations.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod environment {
    //! libgomp's threads spin for milliseconds after each operation, and other programs wait for their
    //! processors. Beside another program at work, a pass takes five times as long. Threads that sleep at
    //! once are slow to wake, and the next operation is often microseconds away. `GOMP_SPINCOUNT` sets the
    //! time between. libgomp reads it while the program is loaded, before `main`. The variable is therefore
    //! put into the environment by a function in `.preinit_array`, which runs before those of any library
    //! (System V ABI, Dynamic Linking, Initialization and Termination Functions). libc cannot grow the
    //! environment that early, so a variable that no library reads gives up its place, and gets it back
    //! before `main`.

    use std::ffi::{CStr, c_char, c_int};
    use std::ptr;
    use std::sync::atomic::{AtomicPtr, Ordering};

    /// A spin of some 25 µs: longer than most gaps between two operations of a layer, and too short to be
    /// felt.
    const SPIN: &CStr = c"GOMP_SPINCOUNT=1000";
    /// Variables that say how OpenMP's threads wait. If one is set, somebody has chosen.
    const CHOICES: [&[u8]; 2] = [b"OMP_WAIT_POLICY=", b"GOMP_SPINCOUNT="];
    /// Variables that may be absent while libraries are initialised, the least likely to be read first.
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

    /// The entry of the environment that gave up its place.
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

    /// Restore the environment, so that programs started from here do not inherit the choice.
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

/// Let libtorch compute with as many threads as this process may run at once. A container may have a smaller
/// share than the machine's processors. `OMP_NUM_THREADS` is respected.
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

//! Devices: the CPU half is linked, CUDA's half is opened when asked for.

use tch::{Cuda, Device};

use super::Result;
use crate::engine::{DeviceChoice, EngineError};

/// The device a choice means on this machine.
///
/// # Errors
/// [`EngineError::NoCuda`] if a GPU is named and there is none.
pub fn resolve(choice: DeviceChoice) -> Result<Device> {
    match choice {
        DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Cuda(index) => cuda(index),
        DeviceChoice::Auto => Ok(cuda(0).unwrap_or(Device::Cpu)),
    }
}

/// `cpu`, `cuda:0`
pub fn name(device: Device) -> String {
    match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".into(),
    }
}

/// Opening libtorch_cuda registers the CUDA backend with the CPU half that is linked.
fn cuda(index: usize) -> Result<Device> {
    #[cfg(target_os = "linux")]
    {
        use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
        // SAFETY: libtorch_cuda's initialisers register kernels and do nothing else.
        let library = unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) };
        match library {
            // It must stay open as long as the process runs.
            Ok(library) => std::mem::forget(library),
            Err(error) => {
                use std::error::Error;
                let why = error.source().map_or(error.to_string(), |e| e.to_string());
                let why = format!("this libtorch's CUDA half cannot be loaded ({why})");
                return Err(EngineError::NoCuda(why));
            }
        }
    }
    let count = Cuda::device_count();
    if index as i64 >= count {
        return Err(EngineError::NoCuda(format!(
            "cuda:{index} of {count} on this machine"
        )));
    }
    Ok(Device::Cuda(index))
}

/// Keep freed memory in the process: a forward pass frees and takes the same blocks again and again,
/// and fresh pages from the system cost more than the arithmetic. Blocks of a very long prompt go
/// back: there the arithmetic costs more, and holes in the heap would keep gigabytes.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: sets two of the allocator's parameters.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 512 << 20);
    }
}

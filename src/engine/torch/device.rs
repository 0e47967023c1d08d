//! Devices: the CPU half of libtorch is linked; its CUDA half is opened when a GPU is asked for.

use tch::{Cuda, Device};

use super::Result;
use crate::engine::{DeviceChoice, EngineError};

/// The device of this machine that `choice` means.
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

/// The device's name: `cpu`, `cuda:0`.
pub fn name(device: Device) -> String {
    match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".into(),
    }
}

/// GPU number `index`. Opening libtorch_cuda registers the CUDA backend with the linked CPU half.
fn cuda(index: usize) -> Result<Device> {
    #[cfg(target_os = "linux")]
    {
        use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
        // SAFETY: libtorch_cuda's initialisers register kernels and do nothing else.
        let library = unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) };
        match library {
            // The library must stay open as long as the process runs.
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

/// Keep freed memory in the process. A forward pass frees and takes the same blocks again and again, and
/// fresh pages from the system cost more than the arithmetic. Blocks of a very long prompt are returned:
/// there the arithmetic costs more, and holes in the heap would hold gigabytes.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: this call sets two parameters of the allocator.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 512 << 20);
    }
}

//! What the machine itself can do.

use crate::Result;
use jcm_tests::world::secret;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Strict verifications per second on one core.
pub(crate) fn verify_strict_per_second() -> f64 {
    let key = secret("bench");
    let message = [7_u8; 250];
    let signature = key.sign(&message);
    let Ok(admitted) = key.public_key().admit() else { return f64::NAN };
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_secs(2) {
        for _ in 0..200 {
            std::hint::black_box(admitted.verify(std::hint::black_box(&message), &signature)).ok();
        }
        count += 200;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

/// Median time to append 300 bytes to a file and `fdatasync` it.
pub(crate) fn fdatasync_median(folder: &Path) -> Result<Duration> {
    let mut file = File::create(folder.join("sync"))?;
    let mut times = Vec::new();
    for _ in 0..500 {
        file.write_all(&[1; 300])?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// What a folder takes on disk, in blocks of 512 bytes as the system counts them.
pub(crate) fn disk_bytes(folder: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut sum = 0;
    for item in std::fs::read_dir(folder)? {
        let item = item?;
        sum += if item.file_type()?.is_dir() {
            disk_bytes(&item.path())?
        } else {
            item.metadata()?.blocks() * 512
        };
    }
    Ok(sum)
}

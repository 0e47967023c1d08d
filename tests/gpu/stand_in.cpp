// A GPU for machines that have none. It is built as libtorch_cuda.so and loaded instead of libtorch's own. It
// gives libtorch a device `cuda:0` whose tensors live in memory of their own and are computed by the CPU's
// kernels. It enforces the rules of a real GPU that a program can break:
//
// - tensors of two devices do not meet, except numbers (no axes) and the indices of `index`;
// - the program may not touch a GPU's memory: outside of kernels it cannot be read or written, and an attempt
//   ends in SIGSEGV;
// - memory ends: STAND_IN_BYTES, if set, limits it, and an allocation past it fails with "CUDA out of memory", as
//   does the allocation that `stand_in_fail` names.
//
// It says nothing about a GPU's own kernels: their numbers, their speed, dtypes that they lack.
// At exit it writes one line to the file STAND_IN_REPORT: the largest number of bytes held, and of kernels run.
#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/native/transformers/attention.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>

namespace {

const c10::Device kGpu(c10::kCUDA, 0);

// ---- memory ----

class Memory final : public c10::Allocator {
 public:
  Memory() {
    void* at = mmap(nullptr, kReserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    TORCH_CHECK(at != MAP_FAILED, "no address space for the stand-in's memory");
    base_ = static_cast<char*>(at);
    free_[base_] = kReserved;
    if (const char* bytes = std::getenv("STAND_IN_BYTES")) limit_ = std::strtoull(bytes, nullptr, 10);
  }

  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, kGpu};
    const size_t size = (bytes + kGrain - 1) / kGrain * kGrain;
    std::lock_guard<std::mutex> lock(mutex_);
    const bool fails = fail_in_ > 0 && --fail_in_ == 0;
    TORCH_CHECK_WITH(OutOfMemoryError, !fails && held_ + size <= limit_, "CUDA out of memory. Tried to allocate ",
                     size, " bytes of ", limit_, ", ", held_, " are in use.");
    for (auto hole = free_.begin(); hole != free_.end(); ++hole) {
      auto [start, room] = *hole;
      if (room < size) continue;
      free_.erase(hole);
      if (room > size) free_[start + size] = room - size;
      used_[start] = size;
      held_ += size;
      peak_ = std::max(peak_, held_);
      return {start, start, &Memory::release, kGpu};
    }
    TORCH_CHECK(false, "the stand-in's memory is in pieces");
  }

  c10::DeleterFnPtr raw_deleter() const override { return &Memory::release; }

  void copy_data(void* to, const void* from, size_t bytes) const override;

  void free(char* start) {
    std::lock_guard<std::mutex> lock(mutex_);
    const size_t size = used_.at(start);
    used_.erase(start);
    held_ -= size;
    auto hole = free_.emplace(start, size).first;
    if (auto next = std::next(hole); next != free_.end() && hole->first + hole->second == next->first) {
      hole->second += next->second;
      free_.erase(next);
    }
    if (hole != free_.begin()) {
      auto before = std::prev(hole);
      if (before->first + before->second == hole->first) {
        before->second += hole->second;
        free_.erase(hole);
      }
    }
  }

  // Kernels may touch the memory; they may be nested or run side by side.
  void open() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++kernels_;
    if (running_++ == 0) mprotect(base_, kReserved, PROT_READ | PROT_WRITE);
  }
  void close() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--running_ == 0) mprotect(base_, kReserved, PROT_NONE);
  }

  // Makes the `count`th allocation from now on fail; 0 means none. Returns whether the last one named had not come.
  bool fail(size_t count) {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(fail_in_, count) > 0;
  }

  void report() const {
    if (const char* path = std::getenv("STAND_IN_REPORT")) std::ofstream(path) << peak_ << ' ' << kernels_ << '\n';
  }

 private:
  static void release(void* start);

  static constexpr size_t kReserved = size_t{64} << 30;
  // The size is rounded like a GPU allocator's.
  static constexpr size_t kGrain = 512;

  char* base_;
  std::map<char*, size_t> free_, used_;
  size_t limit_ = SIZE_MAX, held_ = 0, peak_ = 0, kernels_ = 0, running_ = 0, fail_in_ = 0;
  std::mutex mutex_;
};

// It is never destroyed: some of the program's tensors are freed after `main` has ended.
Memory& memory() {
  static Memory* memory = new Memory;
  return *memory;
}

void Memory::release(void* start) { memory().free(static_cast<char*>(start)); }

struct Kernel {
  Kernel() { memory().open(); }
  ~Kernel() { memory().close(); }
};

void Memory::copy_data(void* to, const void* from, size_t bytes) const {
  Kernel kernel;
  std::memcpy(to, from, bytes);
}

// ---- the device ----

struct Guard final : public c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device) const override { return kGpu; }
  c10::Device getDevice() const override { return kGpu; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return stream(); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(); }
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, kGpu); }
  c10::Stream exchangeStream(c10::Stream stream) const override { return stream; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard)

}  // namespace

namespace at {
// libtorch looks up this name.
struct CUDAHooks final : public CUDAHooksInterface {
  explicit CUDAHooks(CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  int getNumGPUs() const override { return 1; }
  DeviceIndex deviceCount() const override { return 1; }
  DeviceIndex current_device() const override { return 0; }
  DeviceIndex getCurrentDevice() const override { return 0; }
  void deviceSynchronize(DeviceIndex) const override {}
  Allocator* getCUDADeviceAllocator() const override { return &memory(); }
};
REGISTER_CUDA_HOOKS(CUDAHooks)
}  // namespace at

namespace {

// ---- kernels ----

at::Tensor empty(c10::IntArrayRef size, std::optional<c10::ScalarType> dtype, std::optional<c10::Layout>,
                 std::optional<c10::Device>, std::optional<bool>, std::optional<c10::MemoryFormat> format) {
  return at::detail::empty_generic(size, &memory(), c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                   c10::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride, std::optional<c10::ScalarType> dtype,
                         std::optional<c10::Layout>, std::optional<c10::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &memory(), c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           c10::dtype_or_default(dtype));
}

// A tensor on the GPU's bytes that the CPU's kernels take.
at::Tensor on_host(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_cuda()) return tensor;
  const auto& storage = tensor.storage();
  c10::Storage same(c10::Storage::use_byte_size_t(), storage.nbytes(),
                    c10::DataPtr(const_cast<void*>(storage.data()), c10::kCPU), c10::GetCPUAllocator(), true);
  auto alias = at::detail::make_tensor<c10::TensorImpl>(
      std::move(same), c10::DispatchKeySet(c10::DispatchKey::CPU), tensor.dtype());
  alias.unsafeGetTensorImpl()->set_sizes_and_strides(tensor.sizes(), tensor.strides(), tensor.storage_offset());
  return alias;
}

// A result of the CPU's kernels as a tensor of the GPU.
at::Tensor on_gpu(const at::Tensor& result) {
  if (!result.defined()) return result;
  auto copy = at::empty_strided(result.sizes(), result.strides(), result.options().device(kGpu));
  on_host(copy).copy_(result);
  return copy;
}

// Handles an out argument that the kernel has enlarged.
void take_over(const at::Tensor& tensor, const at::Tensor& alias) {
  auto* impl = tensor.unsafeGetTensorImpl();
  if (alias.storage().data() != tensor.storage().data()) {
    auto data = memory().allocate(alias.storage().nbytes());
    std::memcpy(data.get(), alias.storage().data(), alias.storage().nbytes());
    impl->unsafe_storage().set_data_ptr_noswap(std::move(data));
    impl->unsafe_storage().set_nbytes(alias.storage().nbytes());
  }
  impl->set_sizes_and_strides(alias.sizes(), alias.strides(), alias.storage_offset());
}

at::Tensor& copy_(at::Tensor& self, const at::Tensor& from, bool) {
  Kernel kernel;
  on_host(self).copy_(on_host(from));
  return self;
}

c10::Scalar local_scalar_dense(const at::Tensor& self) {
  Kernel kernel;
  return on_host(self).item();
}

const at::Tensor& resize_(const at::Tensor& self, c10::IntArrayRef size, std::optional<c10::MemoryFormat> format) {
  Kernel kernel;
  auto alias = on_host(self);
  alias.resize_(size, format);
  take_over(self, alias);
  return self;
}

at::Tensor& set_storage(at::Tensor& self, c10::Storage storage, int64_t offset, c10::IntArrayRef size,
                        c10::IntArrayRef stride) {
  self.unsafeGetTensorImpl()->set_storage_keep_dtype(std::move(storage));
  self.unsafeGetTensorImpl()->set_sizes_and_strides(size, stride, offset);
  return self;
}

// Whether an operator takes a CPU tensor beside GPU tensors.
bool may_meet(const std::string& op, const at::Tensor& tensor) {
  return tensor.dim() == 0 || op == "aten::index" || op == "aten::index_put_" || op == "aten::_index_put_impl_";
}

c10::IValue on_host(const c10::IValue& value, const c10::OperatorHandle& op) {
  const auto moved = [&](const at::Tensor& tensor) {
    TORCH_CHECK(!tensor.defined() || tensor.is_cuda() || may_meet(op.schema().name(), tensor),
                "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! (in ",
                op.schema().name(), ")");
    return on_host(tensor);
  };
  if (value.isTensor()) return moved(value.toTensor());
  if (value.isDevice()) return c10::Device(c10::kCPU);
  if (value.isTensorList()) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& tensor : value.toTensorList()) list.push_back(moved(tensor));
    return list;
  }
  if (value.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> list;
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorList())
      list.push_back(tensor ? std::optional<at::Tensor>(moved(*tensor)) : std::nullopt);
    return list;
  }
  return value;
}

// Runs every other operator by the CPU's kernel on the GPU's bytes.
void by_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  Kernel kernel;
  const auto& schema = op.schema();
  const size_t count = schema.arguments().size();
  const size_t begin = stack->size() - count;
  const std::vector<c10::IValue> given(stack->begin() + begin, stack->end());
  for (size_t i = 0; i < count; ++i) (*stack)[begin + i] = on_host(given[i], op);
  // A GPU's kernel reads 16 bits and writes 32; the CPU's does not.
  const auto& name = schema.name();
  if ((name == "aten::_softmax" || name == "aten::_log_softmax") && (*stack)[begin + 2].toBool()) {
    (*stack)[begin] = (*stack)[begin].toTensor().to(at::kFloat);
    (*stack)[begin + 2] = false;
  }
  const std::vector<c10::IValue> used(stack->begin() + begin, stack->end());
  op.callBoxed(stack);
  for (size_t r = 0; r < schema.returns().size(); ++r) {
    auto& result = (*stack)[begin + r];
    const auto* alias = schema.returns()[r].alias_info();
    if (alias == nullptr) {
      if (result.isTensor()) {
        result = on_gpu(result.toTensor());
      } else if (result.isTensorList()) {
        c10::List<at::Tensor> list;
        for (const at::Tensor& tensor : result.toTensorList()) list.push_back(on_gpu(tensor));
        result = list;
      }
      continue;
    }
    TORCH_CHECK(alias->isWrite(), "the stand-in has no view ", name);
    for (size_t i = 0; i < count; ++i) {
      const auto* of = schema.arguments()[i].alias_info();
      if (of == nullptr || of->beforeSets() != alias->beforeSets() || !given[i].isTensor()) continue;
      take_over(given[i].toTensor(), used[i].toTensor());
      result = given[i];
    }
  }
}

// Fused attention is computed the plain way: a GPU's choice depends on its kernels.
int64_t plain_attention(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                        const std::optional<at::Tensor>&, double, bool, std::optional<double>, bool) {
  return 0;
}

struct Set {
  Set() {
    c10::SetAllocator(c10::kCUDA, &memory());
    at::native::_fused_sdp_choice_stub.set_cuda_dispatch_ptr(&plain_attention);
    std::atexit([] { memory().report(); });
  }
} set;

}  // namespace

extern "C" bool stand_in_fail(size_t count) { return memory().fail(count); }

TORCH_LIBRARY_IMPL(_, CUDA, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&by_cpu>()); }

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("as_strided", &at::native::as_strided_tensorimpl);
  m.impl("view", &at::native::view);
  m.impl("unfold", &at::native::unfold);
  m.impl("_reshape_alias", &at::native::_reshape_alias);
  m.impl("resize_", &resize_);
  m.impl("set_.source_Storage_storage_offset", &set_storage);
  m.impl("copy_", &copy_);
  m.impl("_local_scalar_dense", &local_scalar_dense);
}

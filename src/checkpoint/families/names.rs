//! The table of a family's weight names.

use std::sync::Arc;

use crate::graph::arch::Arch;
use crate::graph::role::{Half, Param, Role};
use crate::trace::hook::Layer;

/// The place of one role's weight in a family's files.
pub(in crate::checkpoint) struct Name {
    pub role: Role,
    pub param: Param,
    /// The tensor's name, with `{}` for the block's number and `{i}` for the expert's or head's; `{part}` for the place
    /// among the blocks that the file counts as one.
    template: String,
    /// The module of each block, which stands for `{module}` in the name.
    modules: Option<Arc<[String]>>,
    /// Whether files keep the first axis as several.
    pub split: bool,
    /// The number of blocks that the file counts as one.
    parts: usize,
    /// The number of each block in the files, if some of the files' blocks are left out.
    blocks: Option<Arc<[usize]>>,
    /// Whether it is stored `[in, out]`.
    pub transposed: bool,
    pub layout: Layout,
    /// Whether some files store it the other way round.
    pub either: bool,
    /// The number of experts that are stacked in this tensor, along an axis before all others.
    pub stack: Option<usize>,
    /// Whether the stacked members are joined along their first axis instead of lying along one of their own.
    pub joined: bool,
    /// The roles whose tensors some files cut at other places, one after the other.
    pub cut: &'static [Role],
    /// The name in files that store the weight alone, `[out, in]`; written like `template`.
    pub unfused: Option<String>,
    /// The tensor that the config ties it to. A file that stores another tensor overrides this.
    pub tied_to: Option<String>,
}

/// The other weights in a tensor, along its output axis.
#[derive(Clone)]
pub(in crate::checkpoint) enum Layout {
    /// No other weights.
    Alone,
    /// The weights of these roles are consecutive.
    Fused(&'static [Role]),
    /// The weights of several roles take turns: `widths[0]` outputs of the first, and so on. `member` is this
    /// role's place among them.
    Turns { widths: Vec<usize>, member: usize },
    /// The outputs of so many blocks are consecutive.
    OfBlocks(usize),
    /// The columns of so many blocks are consecutive in each row of a table.
    ColumnsOfBlocks(usize),
}

impl Name {
    /// The name of a tensor that holds one weight, stored `[out, in]`.
    fn alone(role: Role, param: Param, template: String) -> Name {
        Name {
            role,
            param,
            template,
            modules: None,
            split: false,
            parts: 1,
            blocks: None,
            transposed: false,
            either: false,
            layout: Layout::Alone,
            stack: None,
            joined: false,
            cut: &[],
            unfused: None,
            tied_to: None,
        }
    }

    /// Whether the weight belongs to a block.
    pub fn in_block(&self) -> bool {
        self.template.contains("{}") || self.modules.is_some()
    }

    /// The tensor's name in one layer.
    pub fn full(&self, layer: Layer) -> String {
        let mut name = self.template.clone();
        if let Layer::Block(block) = layer {
            let numbers = self.blocks.as_deref().unwrap_or_default();
            let block = numbers.get(block).unwrap_or(&block);
            let part = (block % self.parts).to_string();
            let number = (block / self.parts).to_string();
            name = name.replace("{}", &number).replace("{part}", &part);
            if let Some(module) = self.modules.as_ref().and_then(|all| all.get(*block)) {
                name = name.replace("{module}", module);
            }
        }
        if let Some(member) = self.role.member() {
            name = name.replace("{i}", &member.to_string());
        }
        name
    }

    /// Read the weight from `tensor`, which then holds no other weight.
    pub fn take(&mut self, tensor: String) {
        self.template = tensor;
        self.tied_to = None;
    }

    /// The name in files that store the weight alone, if there are such files.
    pub fn unfused(&self) -> Option<Name> {
        let template = self.unfused.clone()?;
        Some(Name {
            blocks: self.blocks.clone(),
            parts: self.parts,
            ..Name::alone(self.role, self.param, template)
        })
    }
}

/// A table under construction.
pub(super) struct Names(Vec<Name>);

/// Queries, keys and values.
pub(super) const QKV: &[Role] = &[Role::Query, Role::Key, Role::Value];

impl Names {
    /// A table with the embedding and the unembedding, which may be tied.
    pub fn new(arch: &Arch, embed: &str, unembed: &str) -> Names {
        let mut names = Names(Vec::new());
        names.module(Role::Embed, embed, false);
        let head = names.weight(Role::Unembed, format!("{unembed}.weight"));
        if arch.tied_embeddings {
            head.tied_to = Some(format!("{embed}.weight"));
        }
        names
    }

    /// Add a tensor that holds one role's weight alone.
    pub fn weight(&mut self, role: Role, template: impl Into<String>) -> &mut Name {
        self.one(role, Param::Weight, template.into())
    }

    /// Add a tensor that holds one role's bias alone.
    pub fn bias(&mut self, role: Role, template: impl Into<String>) -> &mut Name {
        self.one(role, Param::Bias, template.into())
    }

    /// Add a linear layer or a norm: `module.weight`, and `module.bias` if `bias`.
    pub fn module(&mut self, role: Role, module: &str, bias: bool) {
        self.weight(role, format!("{module}.weight"));
        if bias {
            self.bias(role, format!("{module}.bias"));
        }
    }

    /// Add several modules, whose names all begin with `module`.
    pub fn modules(&mut self, module: &str, bias: bool, rest: &[(Role, &str)]) {
        for (role, rest) in rest {
            self.module(*role, &format!("{module}.{rest}"), bias);
        }
    }

    /// Add a matrix or, with `columns`, a table that holds the weights of `count` blocks one after the other.
    pub fn of_blocks(&mut self, role: Role, tensor: &str, count: usize, columns: bool) {
        self.weight(role, tensor).layout = if columns {
            Layout::ColumnsOfBlocks(count)
        } else {
            Layout::OfBlocks(count)
        };
    }

    /// Add the weights of several streams' shares: one map, its factors and the numbers behind it, which begin with
    /// `module` and end with `_fn`, `_scale` and `_base`. The unembedding only reads, and `mixed` streams have a map more.
    /// Some files have the name `other` for a module of one share.
    pub fn shares(&mut self, half: Half, mixed: bool, module: &str, other: Option<&str>) {
        let (maps, bys) = shares_of(half, mixed);
        for (&map, &by) in maps.iter().zip(bys) {
            for (role, param, roles, end) in [
                (map, Param::Weight, maps, "fn"),
                (by, Param::Weight, bys, "scale"),
                (by, Param::Bias, bys, "base"),
            ] {
                let name = self.one(role, param, format!("{module}_{end}"));
                name.layout = Layout::Fused(roles);
                name.unfused = other.map(|other| format!("{other}_{end}"));
            }
        }
    }

    /// Add queries, keys and values under the names that most families use.
    pub fn qkv(&mut self, module: &str, bias: bool) {
        let names = [
            (Role::Query, "q_proj"),
            (Role::Key, "k_proj"),
            (Role::Value, "v_proj"),
        ];
        self.modules(module, bias, &names);
    }

    /// Add a linear layer whose outputs are those of `roles`, one after the other.
    pub fn fused(&mut self, roles: &'static [Role], module: &str, bias: bool) {
        self.shared(roles, module, bias, |_| Layout::Fused(roles));
    }

    /// Add a linear layer whose outputs are queries, keys and values in turns of `width` each.
    pub fn interleaved(&mut self, module: &str, width: usize, bias: bool) {
        self.turns(QKV, module, bias, &[width; 3]);
    }

    /// Add a linear layer in which `roles` take turns, `widths` outputs of each.
    pub fn turns(&mut self, roles: &[Role], module: &str, bias: bool, widths: &[usize]) {
        self.shared(roles, module, bias, |member| Layout::Turns {
            widths: widths.to_vec(),
            member,
        });
    }

    /// Add matrices that take turns in one tensor.
    pub fn in_turns(&mut self, roles: &[Role], tensor: &str, widths: &[usize]) {
        for (member, &role) in roles.iter().enumerate() {
            let widths = widths.to_vec();
            self.weight(role, tensor).layout = Layout::Turns { widths, member };
        }
    }

    /// Add matrices that take turns in each member of a tensor of `members` that are stacked.
    pub fn stacked_turns(
        &mut self,
        members: usize,
        roles: &[Role],
        tensor: &str,
        widths: &[usize],
    ) {
        for (member, &role) in roles.iter().enumerate() {
            let weight = self.weight(role, tensor);
            weight.stack = Some(members);
            weight.either = true;
            weight.layout = Layout::Turns {
                widths: widths.to_vec(),
                member,
            };
        }
    }

    /// Add a linear layer with the outputs of `roles`; `layout` gives the layout of each.
    fn shared(
        &mut self,
        roles: &[Role],
        module: &str,
        bias: bool,
        layout: impl Fn(usize) -> Layout,
    ) {
        for (member, &role) in roles.iter().enumerate() {
            self.weight(role, format!("{module}.weight")).layout = layout(member);
            if bias {
                self.bias(role, format!("{module}.bias")).layout = layout(member);
            }
        }
    }

    /// Remove the names of a role, which lies elsewhere.
    pub fn remove(&mut self, role: Role) {
        self.0.retain(|name| name.role != role);
    }

    /// Mark the matrices of these roles as stored `[in, out]`.
    pub fn transpose(&mut self, roles: &[Role]) {
        let names = self.0.iter_mut().filter(|n| n.param == Param::Weight);
        for name in names.filter(|name| roles.contains(&name.role)) {
            name.transposed = true;
        }
    }

    /// Name the tensor that holds this role's weight alone in some files.
    pub fn also_apart(&mut self, role: Role, tensor: String) {
        for name in self.0.iter_mut().filter(|name| name.role == role) {
            name.unfused = Some(tensor.clone());
        }
    }

    /// Say whether files may store the matrix of this role either way round.
    pub fn either_way(&mut self, role: Role, either: bool) {
        for name in self.0.iter_mut().filter(|name| name.role == role) {
            name.either = either;
        }
    }

    /// Say that some files have each expert's halves and output alone, as these parts of `module`.
    pub fn stored_alone(&mut self, module: &str, [gate, linear, out]: [&str; 3]) {
        for name in &mut self.0 {
            let part = match name.role {
                Role::ExpertIn(_) => gate,
                Role::ExpertLinear(_) => linear,
                Role::ExpertOut(_) => out,
                _ => continue,
            };
            name.unfused = Some(format!("{module}.{part}.weight"));
        }
    }

    /// Give the blocks these numbers in the files.
    pub fn number_blocks(&mut self, numbers: &[usize]) {
        let numbers: Arc<[usize]> = numbers.into();
        for name in &mut self.0 {
            name.blocks = Some(numbers.clone());
        }
    }

    /// Let these roles' names begin with a module of each block.
    pub fn in_modules(&mut self, modules: &[String], rest: impl FnOnce(&mut Names)) {
        let (first, modules): (usize, Arc<[String]>) = (self.0.len(), modules.into());
        rest(self);
        for name in &mut self.0[first..] {
            name.modules = Some(modules.clone());
        }
    }

    /// Say that files keep the first axis of these roles' tensors as several.
    pub fn split(&mut self, roles: &[Role]) {
        let names = self.0.iter_mut();
        for name in names.filter(|name| roles.contains(&name.role)) {
            name.split = true;
        }
    }

    /// Say that some files cut the tensors of these roles, one after the other, at other places.
    pub fn cut_anywhere(&mut self, roles: &'static [Role]) {
        let names = self.0.iter_mut();
        for name in names.filter(|name| roles.contains(&name.role)) {
            name.cut = roles;
        }
    }

    /// Say that the files count so many blocks as one.
    pub fn count_as_one(&mut self, parts: usize) {
        self.0.iter_mut().for_each(|name| name.parts = parts);
    }

    pub fn into_vec(self) -> Vec<Name> {
        self.0
    }

    fn one(&mut self, role: Role, param: Param, template: String) -> &mut Name {
        let index = self.0.len();
        self.0.push(Name::alone(role, param, template));
        &mut self.0[index]
    }
}

/// The maps to shares of streams, in the order in which a tensor holds them, and what stands between each and its shares.
fn shares_of(half: Half, mixed: bool) -> (&'static [Role], &'static [Role]) {
    use Half::{End, Mixer, Mlp};
    use Role::{
        StreamsMix, StreamsMixBy, StreamsRead, StreamsReadBy, StreamsWrite, StreamsWriteBy,
    };
    const fn maps(half: Half) -> [Role; 3] {
        [StreamsRead(half), StreamsWrite(half), StreamsMix(half)]
    }
    const fn bys(half: Half) -> [Role; 3] {
        [
            StreamsReadBy(half),
            StreamsWriteBy(half),
            StreamsMixBy(half),
        ]
    }
    static ALL: [[[Role; 3]; 2]; 3] = [
        [maps(Mixer), bys(Mixer)],
        [maps(Mlp), bys(Mlp)],
        [maps(End), bys(End)],
    ];
    let [maps, bys] = match half {
        Mixer => &ALL[0],
        Mlp => &ALL[1],
        End => &ALL[2],
    };
    let count = match (half, mixed) {
        (End, _) => 1,
        (_, false) => 2,
        (_, true) => 3,
    };
    (&maps[..count], &bys[..count])
}

//! The table of a family's weight names.

use crate::graph::arch::Arch;
use crate::graph::role::{Param, Role};
use crate::trace::hook::Layer;

/// Where a family keeps the weight of one role.
pub(in crate::checkpoint) struct Name {
    pub role: Role,
    pub param: Param,
    /// The tensor's name, `{}` standing for the block's number and `{i}` for the expert's or head's.
    template: String,
    /// Stored `[in, out]`.
    pub transposed: bool,
    pub layout: Layout,
    /// The number of those alike (experts) that stand in this one tensor, along an axis before all
    /// others.
    pub stack: Option<usize>,
    /// As `template`, in files that keep it alone, `[out, in]`.
    pub unfused: Option<String>,
    /// The tensor that the config says it shares; a file that stores another of its own says otherwise.
    pub tied_to: Option<String>,
}

/// What else stands in a tensor, along its output axis.
#[derive(Clone)]
pub(in crate::checkpoint) enum Layout {
    /// Nothing.
    Alone,
    /// The weights of these roles, one after the other.
    Fused(&'static [Role]),
    /// `width` outputs of each of `members` roles in turns.
    Interleaved {
        width: usize,
        member: usize,
        members: usize,
    },
}

impl Name {
    /// A tensor that holds nothing else, stored `[out, in]`.
    fn alone(role: Role, param: Param, template: String) -> Name {
        Name {
            role,
            param,
            template,
            transposed: false,
            layout: Layout::Alone,
            stack: None,
            unfused: None,
            tied_to: None,
        }
    }

    /// Whether blocks have one.
    pub fn in_block(&self) -> bool {
        self.template.contains("{}")
    }

    /// The tensor's name in one layer.
    pub fn full(&self, layer: Layer) -> String {
        let mut name = self.template.clone();
        if let Layer::Block(block) = layer {
            name = name.replace("{}", &block.to_string());
        }
        if let Some(member) = self.role.member() {
            name = name.replace("{i}", &member.to_string());
        }
        name
    }

    /// Be found in the tensor `tensor`, and share it with no other.
    pub fn take(&mut self, tensor: String) {
        self.template = tensor;
        self.tied_to = None;
    }

    /// The name in files that keep it alone, where there are such.
    pub fn unfused(&self) -> Option<Name> {
        let template = self.unfused.clone()?;
        Some(Name::alone(self.role, self.param, template))
    }
}

/// A table in the making.
pub(super) struct Names(Vec<Name>);

/// Queries, keys and values.
pub(super) const QKV: &[Role] = &[Role::Query, Role::Key, Role::Value];

impl Names {
    /// The embedding, and the unembedding, which is the embedding again where they are tied.
    pub fn new(arch: &Arch, embed: &str, unembed: &str) -> Names {
        let mut names = Names(Vec::new());
        names.module(Role::Embed, embed, false);
        let head = names.weight(Role::Unembed, format!("{unembed}.weight"));
        if arch.tied_embeddings {
            head.tied_to = Some(format!("{embed}.weight"));
        }
        names
    }

    /// A tensor that holds one role's weight and nothing else.
    pub fn weight(&mut self, role: Role, template: impl Into<String>) -> &mut Name {
        self.one(role, Param::Weight, template.into())
    }

    /// A tensor that holds one role's bias and nothing else.
    pub fn bias(&mut self, role: Role, template: impl Into<String>) -> &mut Name {
        self.one(role, Param::Bias, template.into())
    }

    /// `module.weight`, and `module.bias` where there is one: a linear layer or a norm.
    pub fn module(&mut self, role: Role, module: &str, bias: bool) {
        self.weight(role, format!("{module}.weight"));
        if bias {
            self.bias(role, format!("{module}.bias"));
        }
    }

    /// Several modules, whose names all begin with `module`.
    pub fn modules(&mut self, module: &str, bias: bool, rest: &[(Role, &str)]) {
        for (role, rest) in rest {
            self.module(*role, &format!("{module}.{rest}"), bias);
        }
    }

    /// Queries, keys and values under the names that they have in most families.
    pub fn qkv(&mut self, module: &str, bias: bool) {
        let names = [
            (Role::Query, "q_proj"),
            (Role::Key, "k_proj"),
            (Role::Value, "v_proj"),
        ];
        self.modules(module, bias, &names);
    }

    /// A linear layer whose outputs are those of `roles`, one after the other.
    pub fn fused(&mut self, roles: &'static [Role], module: &str, bias: bool) {
        self.shared(roles, module, bias, |_| Layout::Fused(roles));
    }

    /// A linear layer whose outputs are `width` each of queries, keys and values in turns.
    pub fn interleaved(&mut self, module: &str, width: usize, bias: bool) {
        let members = QKV.len();
        self.shared(QKV, module, bias, |member| Layout::Interleaved {
            width,
            member,
            members,
        });
    }

    /// A linear layer whose outputs are those of `roles`, as `layout` says of each.
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

    /// The matrices of these roles are stored `[in, out]`.
    pub fn transpose(&mut self, roles: &[Role]) {
        let names = self.0.iter_mut().filter(|n| n.param == Param::Weight);
        for name in names.filter(|name| roles.contains(&name.role)) {
            name.transposed = true;
        }
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
